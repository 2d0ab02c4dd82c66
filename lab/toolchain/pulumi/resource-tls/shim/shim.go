// Package shim makes the TLS provider's constructor, which is internal to its module, callable from ours:
// Go lets a module whose path lies below another's import that one's internal packages.
package shim

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	tls "github.com/hashicorp/terraform-provider-tls/internal/provider"
)

// NewProvider returns the Terraform provider for TLS keys and certificates.
func NewProvider() provider.Provider {
	return tls.New()
}

// Command pulumi-resource-kubernetes is Pulumi's Kubernetes provider, built from its own Go module.
//
// The schema and the Terraform mapping are the module's files of those names. `lab build` lays them beside this
// file before it compiles, since an embedded file has to be in the package's own folder.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

// version is set by the linker to the release that the pinned module is the source of.
var version string

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version, schema, terraformMapping)
}

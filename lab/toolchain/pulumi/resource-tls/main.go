// Command pulumi-resource-tls is Pulumi's TLS provider: the Terraform provider of the same name behind Pulumi's bridge.
//
// The package schema is generated when the plugin starts, as the bridge itself does for providers that it loads at run
// time. It is small, and this way there is no generated file to keep.
package main

import (
	"context"
	"os"

	"github.com/hashicorp/terraform-provider-tls/shim"
	pftfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	pftfgen "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/cmdutil"
)

// version is set by the linker to the version of the npm package that asks for this plugin.
var version string

func main() {
	ctx := context.Background()
	info := tfbridge.ProviderInfo{
		P:                           pftfbridge.ShimProvider(shim.NewProvider()),
		Name:                        "tls",
		Version:                     version,
		GitHubOrg:                   "hashicorp",
		EnableAccurateBridgePreview: true,
		// The bridge insists on a store for what it learns in generating; nothing of it is kept.
		MetadataInfo: tfbridge.NewProviderMetadata(nil),
	}
	info.MustComputeTokens(tokens.SingleModule("tls_", "index", tokens.MakeStandard("tls")))
	// Standard output is the engine's: the plugin's first line there has to be its port.
	generated, err := pftfgen.GenerateSchema(ctx, pftfgen.GenerateSchemaOptions{
		ProviderInfo:    info,
		DiagnosticsSink: diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never}),
		XInMemoryDocs:   true,
	})
	if err != nil {
		cmdutil.ExitError(err.Error())
	}
	pftfbridge.Main(ctx, "tls", info, generated.ProviderMetadata)
}

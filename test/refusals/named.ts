import type { Section } from "./sections";

/** Messages by the bad input; `…` in one stands for what differs from case to case. */
type Messages = Readonly<Record<string, string>>;

/** Bad inputs with tests of their own: by spec, from test/, and by the test's title as it stands in the spec. */
export type Named = Readonly<Record<string, Readonly<Record<string, Messages>>>>;

/** What is not tried by data. test/lib/badInput.spec.ts holds each message against the spec and the test that it names. */
export const named: Readonly<Partial<Record<Section, Named>>> = {
    Exports: {
        "lib/base/names.spec.ts": {
            "finds a name that is too long for TLS or DNS, however many labels it has": {
                "a name that is too long":
                    "make the name x…, which has 237 characters; at most 236 fit into the server name that sidecars send, so shorten a part of it",
            },
        },
    },
    Policies: {
        "lib/policy/rules.spec.ts": {
            "refuse a root without protection in production alone, and of several only the one that signs": {
                "a root in production that may be deleted":
                    "The root's certificate is not protected, so an update or a destroy could take away what every cluster trusts; remove ca.protectRoot from the stack's file, or make it true.",
            },
            "refuse a gateway's host outside of the suffixes, by its place and not by its name": {
                "a gateway that lets in something else":
                    "spec.servers[1].hosts[1] is in no domain of mesh.suffixes, so the gateway would let in calls for something else than the mesh's services",
            },
        },
    },
    Security: {
        "program/allowedFrom.spec.ts": {
            "must be of a cluster of the mesh, whose trust domain is accepted: all in one message": {
                "a cluster that is not in the mesh":
                    "exports[0].allowedFrom[0] names the cluster clsuter1, which is not in this mesh: the certificate stack knows cluster1, cluster2; correct the name",
                "a cluster whose trust domain is not accepted":
                    "exports[0].allowedFrom[1] names the cluster cluster1, whose callers have the trust domain cluster1.mesh, which cluster2 does not accept; add it to mesh.acceptedTrustDomains in Pulumi.cluster2.yaml",
            },
            "can't be told apart by cluster where the trust domain is the same": {
                "a cluster that has its trust domain in common with another":
                    "exports[0].allowedFrom[0] names the cluster cluster1, but cluster2 has the same trust domain cluster.local, so that their callers can't be told apart; leave the cluster out here, or give each cluster a mesh.trustDomain of its own",
            },
            "must come with a trust domain that the exporter accepts": {
                "an import from a cluster that does not accept this one's trust domain":
                    "mesh.trustDomain of cluster1 is cluster1.mesh, whose callers cluster2 refuses; add cluster1.mesh to mesh.acceptedTrustDomains in Pulumi.cluster2.yaml",
            },
        },
        "lib/mesh/trustDomains.spec.ts": {
            "refuses a trust domain that Istio's policies take for the own one": {
                "a cluster with Istio's default trust domain, where this one has another":
                    "exports[0].allowedFrom[0] names the cluster cluster1, whose trust domain is cluster.local, which Istio's policies take for that of cluster2 itself; give cluster1 another mesh.trustDomain",
            },
        },
    },
    "Several clusters, and versions": {
        "program/failover.spec.ts": {
            "refuses two exporters with different ports in one message": {
                "two exporters with different ports":
                    "imports[0] takes httpbin.bar.global to be one service of cluster2, cluster3, but cluster2 exports it with port http1 8000 HTTP and cluster3 with http1 80 HTTP; make the ports the same in Pulumi.cluster2.yaml and Pulumi.cluster3.yaml, or import it from one of them",
                "two exporters with different virtual addresses":
                    "imports[0] takes httpbin.bar.global to be one service of cluster2, cluster3, but cluster2 exports it with virtual address 240.0.0.2 and cluster3 with 240.0.0.3; pin the same virtualAddress in Pulumi.cluster2.yaml and Pulumi.cluster3.yaml, or import it from one of them",
            },
        },
        "lib/mesh/imports.spec.ts": {
            "compares with the cluster's own export, and wants gateways beside it to go by address": {
                "an own export with other ports":
                    "imports[0] takes httpbin.bar.global to be one service of cluster1, cluster3, cluster2, but cluster1 exports it with port http1 80 HTTP and cluster3 with http1 8000 HTTP; make the ports the same in Pulumi.cluster1.yaml and Pulumi.cluster3.yaml, or import it from one of them",
                "a gateway that goes by name beside own pods":
                    "imports[0] takes httpbin.bar.global from cluster2, whose gateway is x.example.com, and this cluster exports the host too; beside own pods a gateway must be an IP address: set gateway.addresses in Pulumi.cluster2.yaml, or remove one of the two",
            },
            "needs to know where they are to prefer the nearest": {
                "the nearest of clusters that do not say where they are":
                    "imports[0].balance is nearest, but cluster2 does not say where it is; set cluster.locality in Pulumi.cluster2.yaml and update it, or choose failover or spread",
            },
            "refuses a version that nobody has": {
                "a version that nobody has":
                    "imports[0].routes sends calls to subset v2 of httpbin.bar.global, but cluster3 has nothing and cluster2 has only v1; add it to the export's subsets in Pulumi.cluster3.yaml, or remove it here",
            },
            "refuses to choose versions where a sidecar sees no single calls": {
                "versions of a service without requests":
                    "imports[0].routes chooses a version for each call to httpbin.bar.global, but a sidecar tells calls apart on ports of HTTP, HTTP2 or GRPC alone, and these speak MONGO; remove the routes",
            },
            "refuses to limit and to repeat calls where a sidecar sees no single ones": {
                "a timeout of a service without requests":
                    "imports[0].timeout limits each call to httpbin.bar.global, but a sidecar tells calls apart on ports of HTTP, HTTP2 or GRPC alone, and these speak MONGO; remove the timeout",
                "retries of a service without requests":
                    "imports[0].retries says when to repeat each call to httpbin.bar.global, but a sidecar tells calls apart on ports of HTTP, HTTP2 or GRPC alone, and these speak MONGO; remove the retries",
            },
        },
    },
    Teams: {
        "lib/config/teamFiles.spec.ts": {
            "of two teams can't export the same host": {
                "a host that two teams' files export":
                    "exports name orders.shop.global more than once (teams/shop.yaml: exports.cluster1[0], teams/web.yaml: exports.cluster1[0]); remove one",
            },
            "may export from namespaces that are granted to the team, and import from any": {
                "a team's file outside its grants":
                    "teams/web.yaml: exports.cluster1[0].namespace is shop, but cluster1 grants web only web; the platform has to add it to teams.web.namespaces in Pulumi.cluster1.yaml, or correct it",
            },
            "are of teams that the cluster knows": {
                "a team's file whose team the cluster does not know":
                    "teams/shp.yaml has entries for cluster1, whose teams don't name shp (did you mean shop?); the platform has to add teams.shp to Pulumi.cluster1.yaml, or remove the entries",
            },
            "set nothing of the platform's": {
                "a team's file that sets something of the platform's":
                    "…is the platform's to set, in the stack files; a team's file has exports and imports alone, so remove it here",
            },
            "have nothing else either": {
                "another key in a team's file":
                    "teams/shop.yaml: exprots is nothing that a team's file can have (did you mean exports?); it has exports and imports alone",
                "a list that is not by cluster":
                    "teams/shop.yaml: exports must be a map from clusters to lists of entries",
                "a cluster's entries that are no list": "teams/shop.yaml: exports.cluster1 must be a list",
                "an owner in a team's file":
                    "teams/shop.yaml: exports.cluster1[0].owner is not for a team's file, whose entries are all of shop; remove it",
                "something encrypted in a team's file":
                    "teams/shop.yaml: exports.cluster1[0] holds something encrypted (secure), which Pulumi reads in stack files alone; write it in the clear, or move the entry there",
            },
            "that can't be read stand against the clusters that know the team": {
                "a team's file that is no map":
                    "teams/shop.yaml must be a map with the keys exports and imports",
                "a team's file with a name that no team can have":
                    "teams/Web.yaml is called after no team that there can be: a name has lower-case letters, digits and dashes, 63 characters at most; rename the file",
                "a team's file with another ending":
                    "teams/shop.yml is not read, for its name; call it teams/shop.yaml",
            },
        },
        "cli/commands/diff.spec.ts": {
            "refuses a wrong one by its place, also where it has nothing for any cluster": {
                "a team's entries for a cluster that is not there":
                    "teams/lost.yaml has entries for clutser2, but the mesh has only cluster2 (did you mean cluster2?); correct the name",
            },
            "names the owners of a host, with their contacts and places": {
                "owners of a host that nobody has":
                    'Nobody exports or imports "mroe.bar.global" here (did you mean more.bar.global?).',
            },
        },
        "lib/mesh/consent.spec.ts": {
            "that is required and not given is refused, with both sides and the line that is missing": {
                "an import that nobody admitted":
                    'imports[0] is orders.shop.global of cluster2 (owner web), which admits only cluster3 to it (teams/shop.yaml: exports.cluster2[0], owner shop); to be admitted, "- { cluster: cluster1 }" has to be added to its allowedFrom there, or remove the import',
            },
        },
    },
    "Exports and imports by command": {
        "lib/cluster/serviceExport.spec.ts": {
            "is refused for no selector": {
                "a Service without a selector":
                    "Service shop/web has no selector: its endpoints are written by hand, and an export goes by the labels of pods; give it a selector, or export a Service that has one",
            },
            "is refused for no cluster IP (headless)": {
                "a headless Service":
                    "Service shop/web is headless (clusterIP: None): its name stands for each pod by itself, and a mesh-wide name for all of them; make a second Service with the same selector and a cluster IP, and export that",
            },
            "is refused for an external name": {
                "an ExternalName Service":
                    "Service shop/web stands for db.example.com, outside of the cluster (ExternalName), so that no pod of this cluster answers for it; let callers use that name, or export the Service that is behind it",
            },
            "is refused for a UDP port": {
                "a Service with a UDP port":
                    "Service shop/web has the UDP port dns, and only TCP passes a gateway that routes by TLS server name; leave it out by naming the others: --ports dns-tcp",
            },
            "is refused for a port that no container has": {
                "a port that no container has":
                    "Service shop/web has port http on nowhere, which no container of its pods calls a port; correct targetPort, or name the container's port",
            },
            "is refused for a port that is another in other pods": {
                "a port that is another in other pods":
                    "Service shop/web has port http on main, which is 80 in some of its pods and 8080 in others, and an export has one number; make it the same in all",
            },
            "is refused for pods of two service accounts": {
                "pods of two service accounts":
                    "Service shop/web has pods of several service accounts, batch and web, and callers pin one; run all as one, or export a Service for each",
            },
            "is refused for no pod": {
                "a Service without a pod":
                    "Service shop/web has no running pod with app=web, whose service account callers would pin; start one, or correct the selector",
            },
        },
        "cli/commands/edit.spec.ts": {
            "leave a file alone that is read-only, whoever runs them": {
                "a read-only file": "Nothing was written: Pulumi.cluster2.yaml is read-only.",
            },
            "refuse what is not there, with what may have been meant": {
                "a Service that is not there":
                    "cluster2 has no Service oders in shop (did you mean orders?).",
                "a namespace that is not there": "cluster2 has no namespace shp (did you mean shop?).",
                "a name that no mesh-wide name can have":
                    'The Service "Orders_1" can\'t be a part of a mesh-wide name: it must be a DNS label: …',
            },
            "refuse a Service that two clusters have, until one is named": {
                "a Service that two clusters have": "cluster1 and cluster2 have a Service shop/orders.",
            },
            "refuse a team that the namespace is not granted to": {
                "a team that the namespace is not granted to":
                    "Namespace shop of cluster2 is granted to shop, and not to web; the platform has to add it to teams.web.namespaces in Pulumi.cluster2.yaml, or leave --team out.",
            },
            "write the lines of a live Service into its cluster's file, and ask the cluster nothing but to read":
                {
                    "a Service that is exported already":
                        "cluster2 exports orders.shop.global already: Pulumi.cluster2.yaml: exports[0].",
                },
            "add to no list that only a person can add to": {
                "a file that only a person can add to":
                    "Nothing was written: Pulumi.cluster2.yaml is written in a way that only a person can add to, such as in one line, or by an alias.",
                "a list of the project's own file":
                    "Nothing was written: the exports of cluster2 are those of Pulumi.yaml, which a list in Pulumi.cluster2.yaml would replace.",
            },
            "write nothing into a file that was changed meanwhile, nor over one that came": {
                "a file that was changed meanwhile":
                    "Nothing was written: Pulumi.cluster2.yaml was changed after it had been read.",
            },
            "ask at a terminal, and want --yes without one": {
                "nobody to be asked": "Nothing was written, since there is no terminal to ask at.",
            },
            "refuses a host that nobody exports, with those that may be meant": {
                "a host that nobody exports":
                    'No file of this mesh exports "oders.shop.global" (did you mean orders.shop.global?).',
                "a host that the cluster itself exports":
                    "Only cluster2 itself exports orders.shop.global, whose pods call it by that name without an import.",
            },
            "lets one of several exporters be chosen, or all in an order": {
                "a host of several exporters":
                    "cluster2 and cluster3 export orders.shop.global: Pulumi.cluster2.yaml: exports[0]; Pulumi.cluster3.yaml: exports[0].",
            },
            "writes nothing without the consent that is demanded, and says who has to add what where": {
                "an import without the consent that is demanded":
                    "cluster1 may not import orders.shop.global before its owner has added this to teams/shop.yaml: exports.cluster2[0] (owner shop, #shop):",
            },
        },
    },
    Certificates: {
        "lib/certificates/certificates.spec.ts": {
            "is refused when it is expired": {
                "an expired root": "ca.root.certFile ended on …; give a certificate that is valid",
            },
            "is refused when it is not valid yet": {
                "a root that is not valid yet":
                    "ca.root.certFile is not valid before …; wait until then, or correct this machine's clock",
            },
            "is refused when it is no authority": {
                "a certificate that is no authority":
                    "ca.root.certFile is no certificate authority (its basic constraints do not say CA:TRUE); give one that is",
            },
            "is refused when no intermediate may follow it": {
                "a path length that allows no intermediate":
                    "ca.root.certFile has path length 0, so no intermediate may follow it, and each cluster gets one; give a root with path length 1 or more, or none",
            },
            "is refused when its key usage does not let it sign": {
                "a key usage that does not allow signing":
                    "ca.root.certFile may not sign certificates (its key usage lacks keyCertSign); give a root whose key usage allows it",
            },
            "is refused when somebody else has signed it": {
                "an intermediate instead of a root":
                    'ca.root.certFile is not signed by itself, but by "CN=Example Root"; proxies trust only a root, so give that one',
            },
            "is refused when its key is of a type that Istio does not take": {
                "a type of key that Istio does not take":
                    "ca.root.certFile has a key of type ed25519; Istio takes RSA and ECDSA keys only",
            },
            "is refused with the key of another certificate": {
                "a key of another certificate":
                    "ca.root.keyFile does not belong to the certificate in ca.root.certFile; give the key that the certificate was made with",
            },
            "is refused with a key behind a password, or none": {
                "a key behind a password":
                    "ca.root.keyFile is locked by a password; give the key without one (openssl pkey -in KEY -out KEY.plain)",
                "no certificate":
                    "ca.root.certFile holds no PEM certificate; give a text that begins with -----BEGIN CERTIFICATE-----",
                "no key":
                    "ca.root.keyFile holds no PEM private key; give a text that begins with -----BEGIN PRIVATE KEY-----",
            },
            "is refused with another certificate beside it": {
                "more than one certificate": "ca.root.certFile holds 2 certificates; give the root alone",
            },
            "is refused where another root has, also one of the same name": {
                "an intermediate that another root has signed":
                    'ca.root.intermediates.a.certFile is signed by "CN=Example Root", and not by this root; give the intermediate that the root itself has signed',
            },
        },
        "program/certificates.spec.ts": {
            "say which file can't be read": {
                "a file that is not there":
                    "ca.root.certFile is root.pem, which can't be read (ENOENT); a relative path begins at the folder of the stack's file",
            },
            "refuse a key in plain text": {
                "a key in plain text":
                    "ca.root.privateKeyPem stands in the stack file in plain text, so the key is no secret any more; make another root, and set its key encrypted: pulumi config set --stack ca --secret --path istio-multicluster:ca.root.privateKeyPem < KEYFILE",
            },
            "take no step before its time": {
                "a root that signs before it is trusted":
                    'Root "root-2027" can\'t sign yet, because no proxy trusts it. In Pulumi.ca.yaml, let ca.root.name be "root" and ca.rotation be { step: trust, to: { name: "root-2027" } }, and update all stacks; step reissue comes after that.',
                "a root that goes while it signs":
                    'Root "root" can\'t go yet, because the intermediates are signed by it. Set ca.rotation.step to reissue in Pulumi.ca.yaml and update all stacks; step retire comes after that.',
            },
        },
        "lib/certificates/rootRotation.spec.ts": {
            "refuses another certificate under the name of a root": {
                "another certificate under the name of a root in use":
                    'Root "root" would become another certificate than the one that proxies trust (SHA-256 …, made by this stack). Put back what Pulumi.ca.yaml said of it; a new root comes in beside it, under another name, by ca.rotation.',
            },
        },
        "lib/certificates/caCerts.spec.ts": {
            "is not overwritten when somebody else has made it": {
                "a `cacerts` of somebody else":
                    'The Secret istio-system/cacerts of "cluster1" was made by somebody else and is not overwritten. …',
            },
            "can't be used when it is absent or not whole": {
                "an existing `cacerts` that is absent":
                    'istio.ca is existing, but "cluster1" has no Secret istio-system/cacerts. …',
                "one that is not whole":
                    'istio.ca is existing, but the Secret istio-system/cacerts of "cluster1" lacks ca-key.pem, root-cert.pem. …',
            },
        },
    },
    "Suffixes and kinds of cluster DNS": {
        "program/dns.spec.ts": {
            "is asked for where it is not certain, before anything is made": {
                "no DNS server that is known":
                    "which DNS this cluster has is not certain: kube-system has neither a CoreDNS nor kube-dns. Set dns.adapter to coredns, coredns-custom, kube-dns, none or sidecar; docs/dns.md says which",
            },
        },
        "lib/dns/adapter.spec.ts": {
            "two servers": {
                "two DNS servers":
                    "CoreDNS (Deployment coredns, Corefile in ConfigMap coredns); kube-dns (Deployment kube-dns)",
            },
            "an import that leads nowhere": {
                "a Corefile that imports `*.server` from nowhere":
                    "CoreDNS (Deployment coredns, Corefile in ConfigMap coredns), which imports *.server but does not mount ConfigMap coredns-custom",
            },
            "a server without pods, as kube-dns is on GKE with Cloud DNS": {
                "a DNS server that is scaled to nothing": "kube-dns (Deployment kube-dns), which runs no pod",
            },
            "a cache on the nodes": {
                "NodeLocal DNSCache before CoreDNS":
                    "NodeLocal DNSCache (ConfigMap node-local-dns), which may not ask the cluster's DNS",
            },
            "names the settings that nothing fits": {
                "names that nothing fits":
                    "kube-system has neither a CoreDNS nor kube-dns that fits dns.configMap x and dns.deployment y.",
            },
        },
        "lib/dns/stubDomains.spec.ts": {
            "another key that serves the zone": {
                "`coredns-custom`: the zone is served by another key":
                    'Line 3 of the key "theirs.server" already serves the zone "global" on port 53 ("global"), in a server block of somebody else. Remove it there, or use another zone.',
            },
            "another key that can't be read": {
                "`coredns-custom`: another key that can't be parsed":
                    'The block "a" that begins at line 1 of the key "theirs.server" is never closed: a } is missing.',
            },
            "a foreign entry for the zone": {
                "`kube-dns`: the zone has an entry of somebody else":
                    'The key "stubDomains" of the cluster DNS\'s ConfigMap already hands the zone "global" on to ["1.2.3.4"], by an entry of somebody else. Remove it there, or use another suffix.',
            },
            "a text that is no JSON object": {
                "`kube-dns`: no JSON object":
                    'The key "stubDomains" of the cluster DNS\'s ConfigMap is not a JSON object; mend it, then run this again.',
            },
        },
    },
    "The `mesh` command": {
        "cli/engine/usablePulumi.spec.ts": {
            "is refused where it can't start them, and says which can": {
                "policies, and a Pulumi that can't be asked about them":
                    'The "pulumi" on PATH has version 3.254.9; for policies, which the key "policy" asks for, at least 3.255.0 is needed.',
            },
        },
        "cli/files.spec.ts": {
            "says that there is no certificate stack": {
                "no certificate stack":
                    'No stack file of this folder sets the key "mesh:ca", so there is no mesh in it: …',
            },
            "says how to move the second of two meshes in one folder": {
                "two certificate stacks in one folder":
                    'Pulumi.ca.yaml and Pulumi.demo-ca.yaml set the key "mesh:ca", so there is more than one mesh in …',
            },
            "lists every missing file at once, and says how to make them": {
                "clusters without stack files":
                    "Pulumi.ca.yaml lists clusters that have no stack file: Pulumi.a.yaml, Pulumi.b.yaml.",
            },
            "looks for the contexts in the kubeconfig file": {
                "`mesh init` with contexts of which two become one stack": `Two of the contexts would become the same stack, "one".`,
                "`mesh init` with a kubeconfig that is not there": "There is no kubeconfig file …",
            },
            "refuses a cluster of another mesh": {
                "a cluster of another mesh":
                    'Pulumi.ca.yaml lists cluster "a", but Pulumi.a.yaml says that its certificates come from stack "other".',
            },
        },
        "cli/commands/destroy.spec.ts": {
            "leaves a cluster that does not answer in its stack, and says how to give it up": {
                "a cluster that does not answer a destroy":
                    'The cluster does not answer, so nothing of it was deleted. 30 resources are left in stack "b".',
            },
            "gives up no cluster that answers, or may be there, and deletes nothing then": {
                "`--abandon` for a cluster that answers":
                    'Nothing was deleted: cluster "b" answers, so there is no reason to give up what is in it.',
            },
            "says what it destroys beside the cluster that it gives up": {
                "`--abandon` for a cluster that `--clusters` leaves out":
                    "--abandon names b, which --clusters leaves out.",
            },
            "deletes nothing while the root is protected, and says how to go on": {
                "a destroy of a protected root":
                    'Nothing was deleted: stack "ca" protects root-key and root-cert.',
            },
        },
        "cli/environments.spec.ts": {
            "are listed with what is wrong with a Pulumi.yaml, and then say nothing of protection": {
                "an environment's file that is no YAML":
                    "environments/dev/Pulumi.yaml is not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ] at line 2, column 1.",
            },
            "are chosen by name, and refused without one, or by one that is not there": {
                "no environment, where there are some":
                    "This project has environments, and the command names none of them: …",
                "an environment that is not there": 'There is no environment "stagin"; there are …',
                "an environment without Pulumi.yaml":
                    'Environment "empty" has no environments/empty/Pulumi.yaml.',
            },
            "are made where they have a name that a folder can have": {
                "`mesh init` without a name for the environment":
                    "mesh init writes the files of an environment, and the command names none.",
            },
            "get a certificate stack of another name where theirs would be somebody else's": {
                "`mesh init` for a stack that another environment has in the same backend":
                    "Another environment has the same stack in the same backend: a.",
            },
            "are refused by every command where they have a stack in common": {
                "a stack in two environments, found before Pulumi is asked for anything":
                    "environments/dev/Pulumi.ca.yaml and Pulumi.ca.yaml are files of one and the same stack, since both environments keep their state at what Pulumi is logged in to; give each environment a backend.url of its own in its Pulumi.yaml, or rename one of the two.",
            },
            "ask for its name at a terminal before anything of it is deleted": {
                "a wrong name for a protected environment that is to be destroyed": "Nothing was deleted: …",
            },
        },
        "cli/commandLine.spec.ts": {
            "is refused with an option that has an empty value": {
                "an option with an empty value": "--clusters has no value.",
            },
        },
    },
    "Other stacks": {
        "lib/mesh/environments.spec.ts": {
            "share a stack where its name, the project and the backend are the same": {
                "a stack in two environments":
                    "environments/dev/Pulumi.ca.yaml and environments/prod/Pulumi.ca.yaml are files of one and the same stack, since both environments keep their state at …",
            },
            "share a cluster where a stack of each installs into it": {
                "a cluster in two environments":
                    "cluster is context east of /k, and so it is in Pulumi.a.yaml; two stacks can't share a cluster, so correct one of the two",
            },
        },
    },
    "The cluster": {
        "program/preflight.spec.ts": {
            "says that kubectl is not there": {
                "no kubectl":
                    'cluster "cluster2" can\'t be read: kubectl is not on PATH; install it, then run this again',
            },
            "refuses an update that the user may not make, and lets them look at it all the same": {
                "rights that the kubeconfig's user lacks for an update; a warning in a preview":
                    "the user of context cluster2 of .lab/cluster2/kubeconfig lacks rights that an update needs. Add these rules to the user's ClusterRole, or to a Role where a namespace is named, or use another user; docs/security.md has the whole roles:",
            },
        },
        "lib/cluster/identity.spec.ts": {
            "is refused where it is another one, with both clusters and the two ways on": {
                "another cluster than at the last update":
                    'the context "ctx" of ~/config leads to another cluster than the one that "a" was made on: that was https://old with the uid old, and this is https://other with the uid new. Ways to go on:…',
            },
            "is never one that the settings don't name": {
                "another cluster than the settings name":
                    'the context "ctx" of ~/config leads to the cluster with the uid old (https://old), but cluster.uid in Pulumi.a.yaml names the one with new; correct one of the two',
            },
        },
        "engine/cluster.spec.ts": {
            "never answers": {
                "a cluster that does not answer": "no answer within 15 seconds",
            },
            "refuses a chart that can't be had, in a preview": {
                "a chart of Istio's that is not there, or can't be reached":
                    "Istio's chart \"base\" (nowhere/base) can't be had: …; see istio.charts.base",
            },
        },
        "lib/cluster/namedNamespaces.spec.ts": {
            "says that a namespace is on its way out, by somebody or by this very update": {
                "an export in a namespace that is being deleted":
                    "exports[0].namespace is bar, which is being deleted since …; wait until it is gone and make it again, or remove the export",
                "an export in a namespace that the same update deletes":
                    "exports[0].namespace is bar, which this stack has made for a sample or for its egress gateway, and now deletes; leave that in, or remove the export too",
            },
        },
        "lib/cluster/foreignObjects.spec.ts": {
            "refuses a second routing of a host that is routed here, and tells of any other": {
                "a VirtualService of somebody else for a host with routes":
                    "the …, for which imports[0] makes one too; Istio takes one for each host, the older: take the host out of it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n shop edit virtualservice cart), or let imports[0] have no routes and one cluster",
            },
            "says of each object under a name of ours whose it is, and what to do": {
                "an object of another kind under a name of the mesh's":
                    "the Service istio-system/istio-eastwestgateway is somebody else's (written by helm), and the mesh's gateway has an object of that name; remove it if nobody needs it (kubectl --kubeconfig .lab/cluster1/kubeconfig --context cluster1 -n istio-system delete service istio-eastwestgateway). …",
            },
        },
    },
    "An Istio that is there, revisions and namespaces": {
        "lib/cluster/findings.spec.ts": {
            "refuses namespaces of somebody else, each with what to do": {
                "a namespace that somebody else has made":
                    "the namespace istio-egress exists and was not made by this stack, so that a destroy would delete what is not ours; set egress.namespace to another name. …",
                "a namespace of another stack":
                    "the namespace foo belongs to the stack organization/istio-multicluster/west, not to organization/istio-multicluster/east; set sampleApps.sleep.namespace to another name",
            },
            "does not write into a namespace that is being deleted": {
                "a namespace that is being deleted":
                    "the namespace bar is being deleted since 2026-01-01T00:00:00Z; wait until it is gone. What it waits for is in its status: kubectl --kubeconfig kubeconfig --context east get namespace bar -o yaml",
            },
            "installs no second Istio beside one of somebody else": {
                "an Istio of somebody else":
                    "an istiod of somebody else runs in the namespace istio-control (Deployment istiod-prod), and two installations would share the cluster's resource definitions and webhooks; set istio.install to false and istio.namespace to istio-control to use it, or remove it",
            },
            "takes away no control plane that namespaces still use": {
                "a revision that is still used":
                    "the update would take away the control plane of revision 1-30, from which the pods of shop get their sidecars; label them for another revision and restart their pods, or keep 1-30 in istio.revisions",
            },
            "says what runs where the stack file names something else": {
                "no such istiod":
                    "istio.install is false, but no istiod of revision 1-29 runs in the namespace istio-system: there is default in istio-system, …; set istio.namespace and istio.revision to what is installed, or istio.install to true",
            },
            "lists everything that the Istio that is there lacks": {
                "an istiod that is too old":
                    "istiod of istio-system runs Istio 1.21, but the mesh needs 1.22 or newer; upgrade it first",
                "no resource definitions":
                    "the cluster does not serve networking.istio.io/v1, in which the mesh's objects are written; install the resource definitions of the istiod that runs (Istio's chart \"base\")",
                "no pod of istiod":
                    "no pod of istiod in istio-system is available, so that no gateway could start; see kubectl --kubeconfig kubeconfig --context east -n istio-system describe deployment istiod",
                "another trust domain":
                    "istiod of istio-system has the trust domain td, but mesh.trustDomain is example.org; make them the same: meshConfig.trustDomain of the installed Istio, or mesh.trustDomain in the stack file",
            },
            "wants sidecars that answer DNS questions where they have to": {
                "`dns.adapter: sidecar` with sidecars that don't answer":
                    'dns.adapter is sidecar, but istiod of istio-system does not make sidecars answer DNS questions; set meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE of the installed Istio to "true", or choose another dns.adapter',
            },
        },
    },
    "The cluster DNS": {
        "components/stubDomainsProvider.spec.ts": {
            "refuses before any write what cannot be merged, or is not there": {
                "`dns.configMap` names none":
                    'The ConfigMap kube-system/coredns of the cluster DNS does not exist in context "fake"; name the one that this cluster uses.',
                "`dns.deployment` names none (update only)":
                    'The Deployment kube-system/coredns of the cluster DNS does not exist in context "fake"; name the one that this cluster uses.',
                "the ConfigMap holds no Corefile":
                    'The ConfigMap of the cluster DNS has no key "Corefile"; name the ConfigMap that has it in dns.configMap.',
                "the zone is served already":
                    'Line 24 of the Corefile already serves the zone "global" on port 53 ("global"), in a server block of somebody else. Remove it there, or use another zone.',
            },
            "refuses bad values, and a Corefile that an update would refuse": {
                "no server to forward to":
                    'The zone "global" has no server to forward to; name at least one.',
            },
            "gives up when somebody else never stops writing": {
                "somebody who keeps changing the ConfigMap (update only)":
                    'Somebody else keeps changing the ConfigMap kube-system/coredns of context "fake": 8 attempts to write it met a newer version each. Find the controller that does it, then run this again.',
            },
            "takes the block out again when CoreDNS does not come up with it": {
                "CoreDNS does not start with the block (update only)":
                    "The Deployment kube-system/coredns does not come up: pod x keeps crashing. The change of the ConfigMap kube-system/coredns was taken back, so that the cluster keeps its DNS.",
            },
        },
        "lib/dns/corefile.spec.ts": {
            "leaves the block of another owner alone, unless told to take it over": {
                "two stacks for one cluster (update only)":
                    'The stub domain "global" at line 24 of the Corefile belongs to "organization/mesh/other", not to "organization/mesh/cluster1". Destroy it there first, or use another zone here.',
            },
        },
        "components/clusterDns.spec.ts": {
            "says what it waits for: ${progress}": {
                "the pods are not replaced in time (update only)":
                    'The Deployment kube-system/coredns was not rolled out within 0 seconds: …. See "kubectl --kubeconfig … --context fake -n kube-system describe deployment coredns".',
            },
            'names the layer for ${answer.code} from ${answer.primary ?? "nobody"}': {
                "the zone does not resolve in time (update only)":
                    'The cluster DNS of context "fake" did not resolve the zone "global" within 0 seconds: ….',
            },
        },
    },
};

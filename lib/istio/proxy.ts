/** Name of the proxy's container in every pod that has one: of sidecars, which istiod puts there, and of gateways. */
export const proxyContainer = "istio-proxy";

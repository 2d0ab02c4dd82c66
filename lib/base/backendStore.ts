/** What of a backend's URL says only how it is reached or used, and so does not tell one store of states from another. */
const ways =
    /^(region|profile|awssdk|metadata|no_tmp_dir|s3ForcePathStyle|use_path_style|disable_?(SSL|https))=/i;

/**
 * A backend's URL as it is the same for the same store of states, whatever else it says.
 *
 * @example storeOf("s3://dev/?region=eu-west-1") === "s3://dev"
 */
export function storeOf(backend: string): string {
    const [place = "", query = ""] = backend.split("?");
    const telling = query.split("&").filter((each) => each !== "" && !ways.test(each));
    const store = place.replace(/\/+$/, "");
    return telling.length === 0 ? store : `${store}?${telling.sort().join("&")}`;
}

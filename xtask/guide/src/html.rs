//! The links of a page of HTML, as far as mdBook writes them.

/// The values of an attribute, such as `href`, in their order.
pub fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(&start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

//! The pages of the user's guide, whose blocks in Rust are doc tests of this package. Those for a shell are run by the tests of the
//! package k5-cli.

/// Declares the pages.
macro_rules! pages {
    ($($module:ident $page:literal)*) => {
        /// The files in `docs/guide/src`, in the order of the table of contents.
        pub const PAGES: &[&str] = &[$($page),*];
        $(
            #[cfg(doctest)]
            #[doc = include_str!(concat!("../../docs/guide/src/", $page))]
            mod $module {}
        )*
    };
}

pages! {
    introduction "introduction.md"
    install "install.md"
    first_upload "first-upload.md"
    sync "sync.md"
    large_objects "large-objects.md"
    servers "servers.md"
    volumes "volumes.md"
    images "images.md"
    autoscale "autoscale.md"
    sap "sap.md"
    errors "errors.md"
    waiting "waiting.md"
    testing "testing.md"
    other_operations "other-operations.md"
    coming_from "coming-from.md"
    many_machines "many-machines.md"
    how_it_is_built "how-it-is-built.md"
}

#[cfg(test)]
mod tests {
    use super::PAGES;
    use std::path::Path;

    fn read(name: &str) -> String {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/src").join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    #[test]
    fn every_page_of_the_guide_is_tested() {
        let summary = read("SUMMARY.md");
        let listed: Vec<&str> = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert_eq!(listed, PAGES);
    }

    #[test]
    fn no_block_in_rust_is_left_out() {
        let allowed = ["rust", "rust,no_run"];
        for page in PAGES {
            for line in read(page).lines() {
                let Some(info) = line.strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
                // A block without a language would be one in Rust to the doc tests, and nothing to a reader.
                assert!(!info.starts_with("rust") || allowed.contains(&info), "{page}: {info}");
            }
        }
    }
}

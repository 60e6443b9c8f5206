//! The demo community's handbook: the folder beside this file, carried in the program.

/// Its files, with their paths from the root of the folder.
pub static FILES: &[(&str, &[u8])] = &[
    ("SUMMARY.md", include_bytes!("handbook/SUMMARY.md")),
    ("README.md", include_bytes!("handbook/README.md")),
    (
        "gathering/assemblies.md",
        include_bytes!("handbook/gathering/assemblies.md"),
    ),
    ("gathering/booking.md", include_bytes!("handbook/gathering/booking.md")),
    ("gathering/care.md", include_bytes!("handbook/gathering/care.md")),
    (
        "gathering/commons-hour.md",
        include_bytes!("handbook/gathering/commons-hour.md"),
    ),
    (
        "gathering/facilitating.md",
        include_bytes!("handbook/gathering/facilitating.md"),
    ),
    (
        "gathering/offers-and-wants.md",
        include_bytes!("handbook/gathering/offers-and-wants.md"),
    ),
    (
        "gathering/specials.md",
        include_bytes!("handbook/gathering/specials.md"),
    ),
    ("hub/first-steps.md", include_bytes!("handbook/hub/first-steps.md")),
    (
        "hub/languages-and-time.md",
        include_bytes!("handbook/hub/languages-and-time.md"),
    ),
    ("hub/stewards.md", include_bytes!("handbook/hub/stewards.md")),
    ("hub/tools.md", include_bytes!("handbook/hub/tools.md")),
    ("img/hour.svg", include_bytes!("handbook/img/hour.svg")),
    ("img/three-spaces.svg", include_bytes!("handbook/img/three-spaces.svg")),
    ("members/README.md", include_bytes!("handbook/members/README.md")),
    ("members/circles.md", include_bytes!("handbook/members/circles.md")),
    ("members/standing.md", include_bytes!("handbook/members/standing.md")),
    ("protocols/README.md", include_bytes!("handbook/protocols/README.md")),
    (
        "protocols/code-of-practice.md",
        include_bytes!("handbook/protocols/code-of-practice.md"),
    ),
    ("spaces/README.md", include_bytes!("handbook/spaces/README.md")),
    ("spaces/media.md", include_bytes!("handbook/spaces/media.md")),
    ("spaces/platform.md", include_bytes!("handbook/spaces/platform.md")),
    ("spaces/venues.md", include_bytes!("handbook/spaces/venues.md")),
    ("why/hosting.md", include_bytes!("handbook/why/hosting.md")),
    ("why/provisioning.md", include_bytes!("handbook/why/provisioning.md")),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use domain::handbook::import::{from_files, from_folder};

    #[test]
    fn it_is_whole_and_has_no_flaw() {
        let handbook = from_files(super::FILES).unwrap();
        assert_eq!(handbook.warnings(), []);
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo/handbook");
        let whole = from_folder(&folder).unwrap();
        assert_eq!(handbook.pages(), whole.pages());
        assert!(whole.pages() >= 16);
    }
}

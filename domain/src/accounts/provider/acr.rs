//! How sure the provider is of a person: by what means they showed who they are, and what that is worth.

/// One factor, such as a password.
pub const ONE_FACTOR: &str = "urn:commons-hub:acr:one-factor";
/// Two factors, such as a password and a code.
pub const TWO_FACTORS: &str = "urn:commons-hub:acr:two-factors";
/// A passkey: nothing that a false page could take (EAP ACR values of OpenID).
pub const PHISHING_RESISTANT: &str = "phr";

/// All of them, from the least.
pub const ALL: [&str; 3] = [ONE_FACTOR, TWO_FACTORS, PHISHING_RESISTANT];

/// What these means (RFC 8176) are worth: a passkey is phishing-resistant, two factors are two, all else is one.
pub fn of(amr: &[String]) -> &'static str {
    let has = |means: &str| amr.iter().any(|m| m == means);
    if has("hwk") || has("swk") {
        PHISHING_RESISTANT
    } else if has("mfa") || (has("pwd") && has("otp")) {
        TWO_FACTORS
    } else {
        ONE_FACTOR
    }
}

/// Whether one is at least worth the other. What is not known here is worth itself alone.
pub fn satisfies(has: &str, wanted: &str) -> bool {
    let rank = |acr: &str| ALL.iter().position(|known| *known == acr);
    has == wanted || rank(has).zip(rank(wanted)).is_some_and(|(has, wanted)| has >= wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_have_a_worth() {
        let of = |amr: &[&str]| of(&amr.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(of(&["pwd"]), ONE_FACTOR);
        assert_eq!(of(&["pwd", "otp"]), TWO_FACTORS);
        assert_eq!(of(&["swk", "user"]), PHISHING_RESISTANT);
        assert!(satisfies(PHISHING_RESISTANT, ONE_FACTOR));
        assert!(!satisfies(ONE_FACTOR, TWO_FACTORS));
        assert!(!satisfies(TWO_FACTORS, "urn:other"));
    }
}

//! What has to hold of the providers that people sign in with.

use std::collections::BTreeMap;

use domain::accounts::{GiftError, Mapping};

use super::{AuthMethod, ConfigError, Provider, SignOn, Wrong, ensure, within};
use crate::sso::rp::client_key::ClientKey;

impl SignOn {
    /// Whether the built-in provider is there: if said so, else as long as there is no other.
    pub fn has_built_in(&self) -> bool {
        self.built_in
            .unwrap_or(self.issuer.is_none() && self.providers.as_ref().is_none_or(BTreeMap::is_empty))
    }

    /// Whether the private keys of the hub at its providers can be read.
    pub(super) fn check_files(&self) -> Result<(), Box<ConfigError>> {
        for (name, provider) in self.providers.iter().flatten() {
            let needed = provider.proves_itself() == Some(AuthMethod::PrivateKeyJwt);
            let Some(file) = provider.private_key.as_ref().filter(|_| needed) else {
                continue;
            };
            ClientKey::read(file).map_err(|problem| {
                let key = Provider::MANY.keys.iter().find(|key| key.name == "private_key");
                Box::new(ConfigError {
                    key: format!("sign_on.providers.{name}.private_key"),
                    read_in: "the configuration".to_owned(),
                    value: Some(file.display().to_string()),
                    problem,
                    allowed: key.map(|key| key.docs.concat().trim().to_owned()).unwrap_or_default(),
                })
            })?;
        }
        Ok(())
    }

    /// Everything about sign-on that the types alone cannot say.
    pub(super) fn check(&self) -> Result<(), Wrong> {
        let others = self.issuer.is_some() || self.providers.as_ref().is_some_and(|all| !all.is_empty());
        ensure(
            others || self.built_in != Some(false),
            "sign_on.built_in",
            "without it and without another provider nobody could sign in",
        )?;
        for (name, provider) in self.providers.iter().flatten() {
            let path = format!("sign_on.providers.{name}");
            provider.check(&path)?;
        }
        Ok(())
    }
}

impl Provider {
    /// What its groups give, and what it rules.
    ///
    /// # Errors
    /// The key within the section, and why it cannot be read.
    pub fn mapping(&self) -> Result<Mapping, (&'static str, String)> {
        let groups = self.groups.iter().flatten();
        Mapping::new(
            groups.map(|(group, gifts)| (group.as_str(), gifts.as_slice())),
            &self.rules,
        )
        .map_err(|error| {
            let key = if matches!(error, GiftError::UnknownArea(_)) {
                "rules"
            } else {
                "groups"
            };
            (key, error.to_string())
        })
    }

    /// How the hub proves itself, if that is said or follows from what is there. A secret goes the provider's way.
    pub fn proves_itself(&self) -> Option<AuthMethod> {
        self.auth_method.or(match (&self.private_key, &self.client_secret) {
            (Some(_), _) => Some(AuthMethod::PrivateKeyJwt),
            (None, Some(_)) => None,
            (None, None) => Some(AuthMethod::Public),
        })
    }

    fn check(&self, path: &str) -> Result<(), Wrong> {
        let key = |name: &str| format!("{path}.{name}");
        let issuer = self.issuer.as_ref();
        ensure(issuer.is_some(), &key("issuer"), "it is needed")?;
        ensure(
            issuer.is_none_or(|url| matches!(url.scheme(), "http" | "https") && url.query().is_none()),
            &key("issuer"),
            "expected http or https, and nothing after a question mark",
        )?;
        ensure(self.client_id.is_some(), &key("client_id"), "it is needed")?;
        match self.proves_itself() {
            Some(AuthMethod::PrivateKeyJwt) => {
                ensure(
                    self.private_key.is_some(),
                    &key("private_key"),
                    "it is needed with private_key_jwt",
                )?;
            }
            Some(AuthMethod::ClientSecretBasic | AuthMethod::ClientSecretPost) => {
                ensure(
                    self.client_secret.is_some(),
                    &key("client_secret"),
                    "it is needed with that auth_method",
                )?;
            }
            Some(AuthMethod::Public) | None => {}
        }
        for (name, claim) in [
            ("name_claim", &self.name_claim),
            ("nickname_claim", &self.nickname_claim),
            ("email_claim", &self.email_claim),
            ("groups_claim", &self.groups_claim),
        ] {
            ensure(!claim.trim().is_empty(), &key(name), "it is empty")?;
        }
        if let Some(hours) = self.session_hours {
            within(hours, 1, 24 * 365, &key("session_hours"))?;
        }
        self.mapping().map_err(|(name, problem)| (key(name), problem))?;
        Ok(())
    }
}

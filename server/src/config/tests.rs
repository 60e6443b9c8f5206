#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};

use secrecy::ExposeSecret;

use super::{Config, SECTIONS};

const NO_FILE: &str = "/nonexistent/hub.toml";

fn with(variables: &[(&str, &str)]) -> Result<Config, String> {
    Config::load_with(Path::new(NO_FILE), variables).map_err(|error| error.to_string())
}

fn with_file(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hub.toml");
    std::fs::write(&file, text).unwrap();
    Config::load_with(&file, variables).map_err(|error| error.to_string())
}

#[test]
fn defaults_serve_a_fresh_machine() {
    let config = with(&[]).unwrap();
    assert_eq!(config.base_url().as_str(), "http://127.0.0.1:3000/");
    assert_eq!(config.database.url.expose_secret(), "sqlite://hub.sqlite");
    assert!(!config.on_tls());
}

#[test]
fn a_variable_wins_over_the_file_and_the_file_over_the_defaults() {
    let file = "[community]\nname = 'From the file'\nlocale = 'es'";
    let config = with_file(
        file,
        &[("HUB_COMMUNITY__NAME", "1234"), ("HUB_SERVER__REQUEST_SECONDS", "7")],
    )
    .unwrap();
    assert_eq!(config.community.name, "1234");
    assert_eq!(config.community.locale, "es");
    assert_eq!(config.server.request_seconds, 7);
    assert_eq!(config.server.body_limit_kib, 1024);
}

#[test]
fn a_wrong_value_is_named_with_its_key_its_origin_and_what_is_allowed() {
    let error = with(&[("HUB_SERVER__LISTEN", "everywhere")]).unwrap_err();
    for part in [
        "server.listen",
        "HUB_SERVER__LISTEN",
        "\"everywhere\"",
        "Address and port",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let error = with_file("[log]\nformat = 'xml'", &[]).unwrap_err();
    for part in ["log.format", "hub.toml", "\"xml\"", "text, json"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    let error = with_file("[server]\nrequest_seconds = 0", &[]).unwrap_err();
    for part in ["server.request_seconds", "hub.toml", "value    0", "1 to 300"] {
        assert!(error.contains(part), "{part} in {error}");
    }
}

#[test]
fn an_unknown_key_stops_the_start() {
    let error = with_file("[server]\nlisten_on = '127.0.0.1:1'", &[]).unwrap_err();
    for part in ["server.listen_on", "hub.toml", "listen, base_url"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert!(
        with_file("[sever]\nlisten = '127.0.0.1:1'", &[])
            .unwrap_err()
            .contains("no such section")
    );
    assert!(
        with(&[("HUB_SERVER_LISTEN", "127.0.0.1:1")])
            .unwrap_err()
            .contains("HUB_SERVER_LISTEN")
    );
    assert!(with_file("[server", &[]).unwrap_err().contains("hub.toml"));
}

#[test]
fn a_secret_is_never_shown() {
    let error = with(&[("HUB_DATABASE__URL", "mysql://hub:hunter2@db/hub")]).unwrap_err();
    assert!(
        error.contains("database.url") && error.contains("postgres://"),
        "{error}"
    );
    assert!(!error.contains("hunter2"), "{error}");
    let config = with(&[("HUB_DATABASE__URL", "postgres://hub:hunter2@db/hub")]).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn an_issuer_needs_its_client() {
    let error = with(&[("HUB_SIGN_ON__ISSUER", "https://id.example.org/")]).unwrap_err();
    assert!(error.contains("sign_on.client_id"), "{error}");
    let all = [
        ("HUB_SIGN_ON__ISSUER", "https://id.example.org/"),
        ("HUB_SIGN_ON__CLIENT_ID", "hub"),
        ("HUB_SIGN_ON__CLIENT_SECRET", "secret"),
    ];
    assert!(with(&all).is_ok());
}

const STAFF: &str = "[sign_on.providers.staff]\nissuer = 'https://id.example.org/'\nclient_id = 'hub'\n";

#[test]
fn providers_stand_side_by_side_with_their_defaults() {
    let file = format!(
        "{STAFF}label = 'Staff'\n[sign_on.providers.other-id]\nissuer = 'https://other.example'\nclient_id = 'us'"
    );
    let secret = ("HUB_SIGN_ON__PROVIDERS__OTHER_ID__CLIENT_SECRET", "1234");
    let config = with_file(&file, &[secret]).unwrap();
    assert!(!config.sign_on.has_built_in());
    let providers = config.sign_on.providers.unwrap();
    let (staff, other) = (&providers["staff"], &providers["other-id"]);
    assert_eq!(staff.scopes, "profile email");
    assert_eq!(staff.proves_itself(), Some(super::AuthMethod::Public));
    assert_eq!(other.client_secret.as_ref().unwrap().expose_secret(), "1234");
    assert_eq!(other.proves_itself(), None, "as the provider takes it");

    let beside = with_file(&format!("[sign_on]\nbuilt_in = true\n{STAFF}"), &[]).unwrap();
    assert!(beside.sign_on.has_built_in());
    assert!(
        with(&[("HUB_SIGN_ON__BUILT_IN", "false")])
            .unwrap_err()
            .contains("nobody could sign in")
    );
}

#[test]
fn what_is_wrong_with_a_provider_is_named_with_its_key_and_what_is_allowed() {
    for (more, parts) in [
        (
            "isuer = 'x'",
            ["sign_on.providers.staff.isuer", "no such key", "issuer, client_id"],
        ),
        (
            "scopes = 7",
            ["sign_on.providers.staff.scopes", "value    7", "offline_access"],
        ),
        (
            "auth_method = 'magic'",
            ["sign_on.providers.staff.auth_method", "\"magic\"", "private_key_jwt"],
        ),
        (
            "auth_method = 'private_key_jwt'",
            ["sign_on.providers.staff.private_key", "is needed", "PEM"],
        ),
        (
            "auth_method = 'client_secret_post'",
            ["sign_on.providers.staff.client_secret", "is needed", "not shown"],
        ),
        (
            "groups = { g = ['admin'] }",
            ["sign_on.providers.staff.groups", "\"admin\"", "circle:NAME"],
        ),
        (
            "rules = 'class'\ngroups = { g = ['steward'] }",
            ["sign_on.providers.staff.groups", "does not rule", "steward"],
        ),
        (
            "rules = 'klass'",
            ["sign_on.providers.staff.rules", "\"klass\"", "circles"],
        ),
        (
            "session_hours = 0",
            ["sign_on.providers.staff.session_hours", "value    0", "1 to"],
        ),
        (
            "groups_claim = ''",
            ["sign_on.providers.staff.groups_claim", "empty", "groups"],
        ),
    ] {
        let error = with_file(&format!("{STAFF}{more}"), &[]).unwrap_err();
        for part in parts {
            assert!(error.contains(part), "{part} in {error}");
        }
    }
    for name in ["Staff", "a_b", "-a", "built-in"] {
        let error = with_file(&STAFF.replace("staff", name), &[]).unwrap_err();
        assert!(
            error.contains("cannot be called that") && error.contains("hyphens"),
            "{error}"
        );
    }
    let error = with(&[("HUB_SIGN_ON__PROVIDERS__STAFF__SCOPE", "x")]).unwrap_err();
    assert!(error.contains("HUB_SIGN_ON__PROVIDERS__STAFF__SCOPE"), "{error}");
    let error = with(&[("HUB_SIGN_ON__PROVIDERS__STAFF__CLIENT_ID", "hub")]).unwrap_err();
    assert!(error.contains("sign_on.providers.staff.issuer"), "{error}");
}

#[test]
fn a_key_file_that_cannot_be_read_stops_the_start() {
    let config = with_file(&format!("{STAFF}private_key = '/nonexistent/key.pem'"), &[]).unwrap();
    let error = config.check_files().unwrap_err().to_string();
    for part in ["sign_on.providers.staff.private_key", "/nonexistent/key.pem", "PEM"] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert!(with(&[]).unwrap().check_files().is_ok());
}

/// The committed example is what the structs say. `hub config example > hub.example.toml` renews it.
#[test]
fn the_example_is_complete_and_true() {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../hub.example.toml");
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    if std::env::var_os("UPDATE_EXAMPLE").is_some() {
        std::fs::write(&file, Config::example()).unwrap();
    } else {
        assert_eq!(
            committed,
            Config::example(),
            "run: hub config example > hub.example.toml"
        );
    }
    // True: it means the same as the defaults, and with every example switched on it is still taken.
    assert_eq!(
        format!("{:?}", with_file(&Config::example(), &[])),
        format!("{:?}", with(&[]))
    );
    let keys: Vec<_> = SECTIONS
        .iter()
        .flat_map(|section| section.keys)
        .map(|key| key.name)
        .collect();
    let switched_on: String = Config::example()
        .lines()
        .map(|line| {
            let bare = line.trim_start_matches("# ");
            let is_key = bare.split_once(" = ").is_some_and(|(name, _)| keys.contains(&name));
            let is_section = SECTIONS.iter().any(|section| bare == format!("[{}]", section.name));
            format!("{}\n", if is_key || is_section { bare } else { line })
        })
        .collect();
    let config = with_file(&switched_on, &[]).unwrap();
    assert!(config.on_tls() && config.mail.url.is_some() && config.sign_on.issuer.is_some());
    assert!(
        config
            .sign_on
            .providers
            .is_some_and(|all| all["example"].groups.is_some())
    );
}

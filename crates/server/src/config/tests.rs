//! Which source wins, and what a wrong value is answered with.

use super::*;

fn load(flags: &Flags, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let environment =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Config::load(flags, &environment)
}

fn with_file(text: &str) -> (tempfile::NamedTempFile, Flags) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let flags = Flags { config: Some(file.path().to_path_buf()), ..Flags::default() };
    (file, flags)
}

fn sentence(flags: &Flags, variables: &[(&str, &str)]) -> String {
    load(flags, variables).expect_err("this set-up is wrong").to_string()
}

#[test]
fn a_flag_wins_over_the_environment_and_the_environment_over_the_file() {
    let (_file, mut flags) = with_file("listen = \"127.0.0.1:1\"");
    assert_eq!(load(&flags, &[]).unwrap().listen.port(), 1);
    assert_eq!(load(&flags, &[("SLIPWAY_LISTEN", "127.0.0.1:2")]).unwrap().listen.port(), 2);
    flags.listen = Some("127.0.0.1:3".into());
    assert_eq!(load(&flags, &[("SLIPWAY_LISTEN", "127.0.0.1:2")]).unwrap().listen.port(), 3);
}

#[test]
fn without_anything_it_is_the_embedded_database_on_loopback() {
    let config = load(&Flags::default(), &[]).unwrap();
    assert_eq!(config.database.to_string(), "sqlite:.slipway/slipway.db");
    assert!(config.listen.ip().is_loopback() && config.agents_listen.ip().is_loopback());
}

#[test]
fn a_wrong_value_is_answered_with_name_value_and_fix() {
    let flag = Flags { listen: Some("here".into()), ..Flags::default() };
    assert_eq!(
        sentence(&flag, &[]),
        "--listen is `here`: write ADDRESS:PORT, as in 127.0.0.1:8080 (port 0 takes a free one)"
    );
    let from_environment = sentence(&Flags::default(), &[("SLIPWAY_LOG", "xml")]);
    assert_eq!(from_environment, "SLIPWAY_LOG is `xml`: write `text` or `json`");
    let (_file, flags) = with_file("[agents]\nnames = [\"a b\"]");
    assert!(sentence(&flags, &[]).contains("`agents.names`"), "{}", sentence(&flags, &[]));
}

#[test]
fn a_wrong_database_is_named_without_its_password() {
    let flags = Flags { database_url: Some("mysql://u:geheim@h/n".into()), ..Flags::default() };
    let sentence = sentence(&flags, &[]);
    assert!(
        sentence.starts_with("--database-url is `mysql:…`") && !sentence.contains("geheim"),
        "{sentence}"
    );
}

#[test]
fn an_unknown_key_in_the_file_is_refused_with_its_line() {
    let (_file, flags) = with_file("log = \"text\"\nlisten_on = \"x\"");
    let sentence = sentence(&flags, &[]);
    assert!(sentence.contains("line 2") && sentence.contains("listen_on"), "{sentence}");
}

#[test]
fn metrics_that_nobody_has_to_say_who_they_are_for_stay_on_this_machine() {
    assert_eq!(load(&Flags::default(), &[]).unwrap().metrics_listen, None);
    let given = |address| [("SLIPWAY_METRICS_LISTEN", address)];
    assert!(load(&Flags::default(), &given("[::1]:9464")).unwrap().metrics_listen.is_some());
    for open in ["0.0.0.0:9464", "10.0.0.1:9464", "9464", "here"] {
        let told = sentence(&Flags::default(), &given(open));
        assert!(told.starts_with("SLIPWAY_METRICS_LISTEN is") && told.contains("on loopback"), "{told}");
    }
}

#[test]
fn listening_beyond_loopback_needs_tls_or_a_declared_proxy() {
    let open = Flags { listen: Some("0.0.0.0:80".into()), ..Flags::default() };
    assert!(sentence(&open, &[]).contains("without TLS"));
    assert!(load(&open, &[("SLIPWAY_TRUSTED_PROXY", "10.0.0.2")]).unwrap().is_behind_tls());
    let (_file, mut flags) = with_file("[tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"");
    flags.listen = open.listen;
    assert!(load(&flags, &[]).unwrap().is_behind_tls());
}

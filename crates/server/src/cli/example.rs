//! `slipway.example.toml` has every option and no other: held against the options' names, the file's keys, the command line
//! and the sources.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory as _;

use super::Cli;
use crate::config::options::{ALL, Named};
use crate::config::{Config, Flags, keys_of_file};

/// Only a build for tests has it.
const NOT_RELEASED: &str = "--fault";

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn example() -> String {
    std::fs::read_to_string(root().join("slipway.example.toml")).unwrap()
}

/// An option as the example tells of it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    flag: String,
    variable: String,
    key: String,
    default: String,
    /// Whether a sentence stands above its names.
    has_sentence: bool,
}

/// The options the example tells of, in its order.
fn told() -> Vec<Told> {
    let (mut all, mut section, mut sentence) = (Vec::<Told>::new(), String::new(), false);
    for line in example().lines() {
        let bare = line.strip_prefix("# ").unwrap_or(line);
        if let Some(names) = line.strip_prefix("#   ") {
            let mut one = Told { has_sentence: sentence, ..Told::default() };
            for part in names.split("; ") {
                match part.split_once(' ').unwrap() {
                    ("flag", word) => one.flag = word.to_owned(),
                    ("environment", word) => one.variable = word.to_owned(),
                    ("default", words) => one.default = words.to_owned(),
                    other => panic!("{other:?} in {line}"),
                }
            }
            all.push(one);
        } else if let Some(name) = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, _)) = bare.split_once(" = ").filter(|(key, _)| is_key(key)) {
            let place = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
            let last = all.last_mut().expect("the names stand above the key");
            assert!(last.key.is_empty(), "{place} has no names of its own");
            last.key = place;
        } else {
            sentence = line.starts_with("# ") || (sentence && !line.is_empty());
        }
    }
    all
}

fn is_key(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[test]
fn the_example_has_every_option_with_its_names_and_its_default_and_no_other() {
    let of = |one: &Named| Told {
        flag: one.flag.to_owned(),
        variable: one.variable.to_owned(),
        key: one.key.to_owned(),
        default: one.default.to_owned(),
        has_sentence: true,
    };
    let (wanted, told): (Vec<_>, _) = (ALL.iter().map(of).collect(), told());
    for one in &wanted {
        assert!(told.contains(one), "slipway.example.toml does not tell of {one:?}");
    }
    for one in &told {
        assert!(wanted.contains(one), "there is no option {one:?}");
    }
    assert_eq!(told.len(), wanted.len(), "each stands once");
}

#[test]
fn the_options_are_the_file_s_keys_and_the_command_line_s_flags() {
    let known = |of: fn(&Named) -> &'static str| {
        ALL.iter().map(of).filter(|name| !name.is_empty()).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    assert_eq!(known(|one| one.key), keys_of_file());
    let command = Cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    let flags = command.get_arguments().chain(serve.get_arguments()).filter_map(|one| one.get_long());
    let flags = flags.filter(|flag| !["help", "version"].contains(flag)).map(|flag| format!("--{flag}"));
    let flags: BTreeSet<_> = flags.filter(|flag| flag != NOT_RELEASED).collect();
    assert_eq!(known(|one| one.flag), flags);
}

/// A variable that is read past the options would be in nobody's list.
#[test]
fn no_source_of_the_server_names_a_variable_that_is_no_option() {
    let known: BTreeSet<_> = ALL.iter().map(|one| one.variable).collect();
    let mut folders = vec![root().join("crates/server/src")];
    let mut wrong = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.extension().is_some_and(|kind| kind == "rs") {
                let text = std::fs::read_to_string(&entry).unwrap();
                // As a text of its own: that is how a variable is asked for. What tests ask for is no option.
                let named = text.split("\"SLIPWAY_").skip(1).filter_map(|rest| rest.split('"').next());
                let named = named.map(|rest| format!("SLIPWAY_{rest}")).filter(|name| is_variable(name));
                let named = named.filter(|name| !known.contains(name.as_str()));
                let of_tests = [concat!("SLIPWAY", "_TEST_POSTGRES"), concat!("SLIPWAY", "_WRITE_GOLDENS")];
                let named = named.filter(|name| !of_tests.contains(&name.as_str()));
                wrong.extend(named.map(|name| format!("{name} in {}", entry.display())));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

fn is_variable(word: &str) -> bool {
    !word.ends_with('_') && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn load(text: &str) -> Config {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    let flags = Flags { config: Some(file.path().to_path_buf()), ..Flags::default() };
    Config::load(&flags, &|_| None).unwrap()
}

#[test]
fn the_example_as_it_stands_is_what_a_server_does_without_it() {
    let without = Config::load(&Flags::default(), &|_| None).unwrap();
    assert_eq!(format!("{:?}", load(&example())), format!("{without:?}"));
}

#[test]
fn the_lines_that_are_commented_out_are_understood_too() {
    let is_option =
        |line: &str| line.starts_with('[') || line.split_once(" = ").is_some_and(|(key, _)| is_key(key));
    let open = |line: &str| match line.strip_prefix("# ") {
        Some(bare) if is_option(bare) => bare.to_owned(),
        Some(_) | None => line.to_owned(),
    };
    let whole: Vec<_> = example().lines().map(open).collect();
    let config = load(&whole.join("\n"));
    let set = [
        config.assets.is_some(),
        config.tls.is_some(),
        config.sealing_key_file.is_some(),
        config.metrics_listen.is_some(),
    ];
    assert_eq!((set, config.database.to_string().starts_with("postgres:")), ([true; 4], true));
}

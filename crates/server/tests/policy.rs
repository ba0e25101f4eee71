//! The policy, expanded to the full matrix: role × action × resource, asked for one's own project, a foreign one, and the
//! platform. The golden file is reviewed like code.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::fmt::Write as _;
use std::path::Path;

use read_models::ids::{ProjectId, UserId};
use server::authz::testing::{person, with_token};
use server::authz::{Action, Principal, Resource, Role, Scope, TokenScope, decide};

fn project(number: u32) -> Scope {
    Scope::Project(ProjectId::from_uuid(&format!("{number:032x}")))
}

/// A person with the role where it is held: on the platform, or in project 1.
fn holder(role: Role) -> Principal {
    person(role, if role.is_of_project() { project(1) } else { Scope::Platform })
}

fn matrix() -> String {
    let mut text = String::from("# role action resource: own project, foreign project, platform\n");
    for role in Role::ALL {
        let who = holder(role);
        for action in Action::ALL {
            for resource in Resource::ALL {
                let answers = [project(1), project(2), Scope::Platform].map(|scope| {
                    match decide(&who, action, resource, &scope) {
                        Ok(()) => "yes",
                        Err(denied) if denied.hides() => "hidden",
                        Err(_) => "no",
                    }
                });
                let line = format!("{} {action} {resource}: {}", role.key(), answers.join(", "));
                writeln!(text, "{line}").unwrap();
            }
        }
    }
    text.push_str("# role action resource: what is one's own, somebody else's\n");
    for role in Role::ALL {
        let who = holder(role);
        let other = UserId::from_uuid(&format!("{:032x}", 99));
        for action in Action::ALL {
            for resource in [Resource::Account, Resource::OperationRecords, Resource::Feed] {
                let answers = [who.user_id.clone(), other.clone()].map(|user| {
                    match decide(&who, action, resource, &Scope::Person(user)) {
                        Ok(()) => "yes",
                        Err(denied) if denied.hides() => "hidden",
                        Err(_) => "no",
                    }
                });
                let line = format!("{} {action} {resource}: {}", role.key(), answers.join(", "));
                writeln!(text, "{line}").unwrap();
            }
        }
    }
    text
}

#[test]
fn the_policy_is_what_the_golden_file_says() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/policy.txt");
    if std::env::var_os("SLIPWAY_WRITE_GOLDENS").is_some() {
        std::fs::write(&golden, matrix()).unwrap();
    }
    let expected = std::fs::read_to_string(&golden).unwrap();
    for (is, was) in matrix().lines().zip(expected.lines()) {
        assert_eq!(
            is, was,
            "the policy changed: review it, then write the golden file again (SLIPWAY_WRITE_GOLDENS=1)"
        );
    }
    assert_eq!(matrix().lines().count(), expected.lines().count());
}

#[test]
fn a_role_in_a_project_reaches_no_other_project_and_not_the_platform() {
    for role in Role::ALL.into_iter().filter(|role| role.is_of_project()) {
        for action in Action::ALL {
            for resource in Resource::ALL {
                let denied = decide(&holder(role), action, resource, &project(2)).unwrap_err();
                assert!(denied.hides(), "{role:?} may know about a foreign project");
                assert!(decide(&holder(role), action, resource, &Scope::Platform).is_err());
            }
        }
    }
}

#[test]
fn a_token_never_does_more_than_its_scope_and_never_more_than_its_person() {
    let admin = holder(Role::PlatformAdmin);
    let reader = with_token(admin.clone(), TokenScope::Read);
    let operator = with_token(admin.clone(), TokenScope::Operate);
    let destroyer = with_token(admin.clone(), TokenScope::Destructive);
    for resource in Resource::ALL {
        // An account is its person's, also for an administrator.
        let scope = if resource == Resource::Account {
            Scope::Person(admin.user_id.clone())
        } else {
            Scope::Platform
        };
        let may = |who: &Principal, action| decide(who, action, resource, &scope).is_ok();
        let everything = Action::ALL.map(|action| may(&admin, action));
        let [read, operate, ..] = everything;
        assert_eq!(Action::ALL.map(|action| may(&reader, action)), [read, false, false, false]);
        assert_eq!(Action::ALL.map(|action| may(&operator, action)), [read, operate, false, false]);
        assert_eq!(Action::ALL.map(|action| may(&destroyer, action)), everything);
        let own = resource == Resource::Account;
        assert_eq!(everything, if own { [true, false, false, true] } else { [true; 4] }, "{resource}");
    }
    let viewer = with_token(holder(Role::Viewer), TokenScope::Destructive);
    assert!(decide(&viewer, Action::Operate, Resource::Workloads, &project(1)).is_err());
}

#[test]
fn everybody_looks_after_their_own_account_and_nobody_after_anybody_elses() {
    let other = Scope::Person(UserId::from_uuid(&format!("{:032x}", 99)));
    for role in Role::ALL {
        let who = holder(role);
        let own = Scope::Person(who.user_id.clone());
        for action in Action::ALL {
            let may = matches!(action, Action::Read | Action::Administer);
            assert_eq!(decide(&who, action, Resource::Account, &own).is_ok(), may, "{role:?} {action}");
            let denied = decide(&who, action, Resource::Account, &other).unwrap_err();
            assert!(denied.hides(), "{role:?} learns that an account is there");
            for elsewhere in [project(1), Scope::Platform] {
                assert!(decide(&who, action, Resource::Account, &elsewhere).is_err(), "{role:?} {action}");
            }
        }
    }
}

#[test]
fn a_role_written_down_for_the_wrong_scope_counts_nowhere() {
    for (role, scope) in [(Role::Member, Scope::Platform), (Role::PlatformAdmin, project(1))] {
        let who = person(role, scope);
        for asked in [Scope::Platform, project(1)] {
            assert!(decide(&who, Action::Read, Resource::Workloads, &asked).is_err(), "{role:?} {asked:?}");
        }
    }
}

#[test]
fn a_refusal_says_which_permission_is_missing_and_who_can_give_it() {
    let denied =
        decide(&holder(Role::Viewer), Action::Operate, Resource::Workloads, &project(1)).unwrap_err();
    assert_eq!(denied.to_string(), "permission to operate workloads is missing");
    assert!(
        denied.next_step().contains("administrator of the project") && denied.next_step().contains("member")
    );
    let denied =
        decide(&holder(Role::Auditor), Action::Operate, Resource::Nodes, &Scope::Platform).unwrap_err();
    assert!(denied.next_step().contains("platform administrator"), "{}", denied.next_step());
    let token = with_token(holder(Role::PlatformAdmin), TokenScope::Read);
    let denied = decide(&token, Action::Destroy, Resource::Nodes, &Scope::Platform).unwrap_err();
    assert!(denied.next_step().contains("--scope destructive"), "{}", denied.next_step());
}

/// The proof of the program itself opens every door: these are the only rooms that may make one.
#[test]
fn only_the_programs_own_loops_make_a_system_proof() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut makers = Vec::new();
    walk(&source, &mut |path, text| {
        let before_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
        let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
        if before_tests.contains("for_worker(") && !is_test {
            makers.push(path.strip_prefix(&source).unwrap().to_string_lossy().into_owned());
        }
    });
    let allowed = [
        "authn/",
        "authz/system.rs",
        "cli/",
        "console/mod.rs",
        "nodes/",
        "operations/world.rs",
        "state.rs",
        "workers/",
        "store/testing.rs",
    ];
    let others: Vec<_> =
        makers.iter().filter(|path| !allowed.iter().any(|room| path.starts_with(room))).collect();
    assert!(others.is_empty(), "these make a system proof and may not: {others:?}");
}

fn walk(folder: &Path, look: &mut impl FnMut(&Path, &str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path, &std::fs::read_to_string(&path).unwrap());
        }
    }
}

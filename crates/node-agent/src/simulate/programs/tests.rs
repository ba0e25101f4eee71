//! A simulated program as its agent sees it: through the workload's folder and the host alone.

use node_protocol::{Limits, WorkloadReport, WorkloadState};

use super::*;
use crate::runtime::process_sandboxed::BwrapAbilities;

/// A node with one workload that was ordered.
struct Site {
    _folder: tempfile::TempDir,
    data: DataDir,
    host: Arc<SimulatedHost>,
    programs: Programs,
    dir: WorkloadDir,
}

impl Site {
    fn with(command: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        let id: WorkloadId = "wl_1".parse().unwrap();
        let dir = WorkloadDir::create(&data.workload(&id), 1).unwrap();
        let spec = WorkloadSpec {
            workload_id: id,
            run: 1,
            log_from: 0,
            name: "web".to_owned(),
            command: command.iter().map(|&word| word.to_owned()).collect(),
            slot: 0,
            port: Some(8000),
            env: vec![],
            ssh_keys: vec![],
            limits: Limits::default(),
        };
        let command_id = "cmd_1".parse().unwrap();
        let (isolation, bwrap) = (Isolation::Simulated, BwrapAbilities::default());
        dir.write_order(&Order { spec, command_id, isolation, uid: None, bwrap }).unwrap();
        let host = Arc::new(SimulatedHost::default());
        let programs = Programs::new(Arc::clone(&host), 7);
        Self { _folder: folder, data, host, programs, dir }
    }

    fn started(command: &[&str]) -> Self {
        let site = Self::with(command);
        site.programs.start(&site.dir, &site.data.ledger()).unwrap();
        site
    }

    fn report(&self) -> WorkloadReport {
        self.dir.report(&*self.host).unwrap().unwrap()
    }

    fn passes(&self, seconds: i64) {
        self.host.passes(seconds);
        self.programs.tick();
    }

    fn asks(&self, name: &str, signal: StopSignal) {
        self.dir.ask(name, &SignalRequest { command_id: name.parse().unwrap(), signal }).unwrap();
    }

    fn effects(&self) -> usize {
        std::fs::read_to_string(self.data.ledger()).unwrap().lines().count()
    }
}

#[test]
fn a_program_runs_becomes_ready_writes_lines_and_says_that_it_is_simulated() {
    let site = Site::started(&["serve", "simulate:ready-after=2s", "simulate:line-every=1s"]);
    let report = site.report();
    assert_eq!((report.state, report.isolation), (WorkloadState::Running, Some(Isolation::Simulated)));
    assert!(!site.host.port_answers(8000));
    let begun = report.log_end;
    site.passes(3);
    assert!(site.host.port_answers(8000) && !site.host.port_is_free(8000));
    assert!(site.report().log_end > begun);
    let log = std::fs::read_to_string(site.dir.log().join(format!("{:020}.log", 0))).unwrap();
    assert!(log.starts_with("This program is simulated: nothing runs on this node."), "{log}");
}

#[test]
fn a_program_ends_as_its_arguments_say_and_leaves_its_port() {
    let site =
        Site::started(&["serve", "simulate:exit-after=5s", "simulate:signal=11", "simulate:ready-after=1s"]);
    site.passes(4);
    assert_eq!(site.report().state, WorkloadState::Running);
    site.passes(2);
    let exit = site.report().exit.unwrap();
    assert_eq!((exit.code, exit.signal, exit.is_lost()), (None, Some(11), false));
    assert!(site.host.port_is_free(8000));
}

#[test]
fn what_cannot_be_started_says_so_and_never_was() {
    let report = Site::started(&["nothing", "simulate:no-start"]).report();
    assert_eq!((report.state, report.started_at_us), (WorkloadState::Exited, None));
    assert!(report.exit.unwrap().sentence.unwrap().contains("nothing: not found"));
}

#[test]
fn of_two_supervisors_one_starts_the_program() {
    let site = Site::started(&["serve"]);
    site.programs.start(&site.dir, &site.data.ledger()).unwrap();
    assert_eq!(site.effects(), 1);
}

#[test]
fn a_signal_is_answered_once_and_a_program_that_ignores_one_is_killed_by_the_other() {
    let site = Site::started(&["serve", "simulate:ignore-term"]);
    site.asks("cmd_2", StopSignal::Term);
    for _ in 0..5 {
        site.passes(10);
    }
    assert_eq!(site.report().state, WorkloadState::Running);
    assert!(site.dir.answer("cmd_2").unwrap().is_some());
    assert_eq!(site.effects(), 2, "its start and one signal");
    site.asks("cmd_3", StopSignal::Kill);
    site.passes(1);
    assert_eq!(site.report().exit.unwrap().signal, Some(9));
    let polite = Site::started(&["serve"]);
    polite.asks("cmd_2", StopSignal::Term);
    polite.passes(1);
    polite.passes(5);
    assert_eq!(polite.report().exit.unwrap().signal, Some(15));
}

#[test]
fn a_simulation_that_was_killed_goes_on_where_it_would_be_by_now() {
    let site = Site::started(&["train", "simulate:exit-after=60s", "simulate:exit-code=3"]);
    let before = site.report();
    let again = |site: &Site| {
        let host = Arc::new(SimulatedHost::default());
        let programs = Programs::new(Arc::clone(&host), 7);
        programs.go_on(&site.data).unwrap();
        (host, programs)
    };
    let (host, programs) = again(&site);
    let report = site.dir.report(&*host).unwrap().unwrap();
    assert_eq!((report.state, report.pid), (WorkloadState::Running, before.pid), "it is not taken for lost");
    host.passes(61);
    programs.tick();
    assert_eq!(site.dir.report(&*host).unwrap().unwrap().exit.unwrap().code, Some(3));
    let (host, programs) = again(&site);
    programs.tick();
    assert_eq!(site.dir.report(&*host).unwrap().unwrap().exit.unwrap().code, Some(3), "it ends once");
    assert_eq!(site.effects(), 1);
}

#[test]
fn what_was_removed_is_forgotten() {
    let site = Site::started(&["serve"]);
    assert!(!site.programs.is_idle());
    std::fs::remove_dir_all(site.dir.path()).unwrap();
    site.passes(1);
    assert!(site.programs.is_idle() && site.host.port_is_free(8000));
}

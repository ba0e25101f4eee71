//! Compute and the offer, sampled.

use super::{
    FakeConsole, NOW, Scene, ago, node_id,
    operations::{card, groups, runs},
    project, sku_id,
};
use read_models::{
    Answer,
    compute::{
        ComputeConsole, ComputeView, ExcludedNodes, KeyChoice, LaunchForm, LaunchView, NodeRef,
        PlacementView, SkuDetail, SkuOffer, SkuRow, SkusView,
    },
    error::FieldError,
    ids::{DraftId, ProjectId, SkuId},
    operation::{Danger, Intent, TargetKind},
    paging::{Page, PageRequest},
    session::ProjectRef,
};

fn offers() -> Vec<SkuOffer> {
    let offer = |n, title: &str, placement: &str, gpus: Option<&str>, (free, total)| SkuOffer {
        id: sku_id(n),
        name: title.to_lowercase().replace(' ', "-"),
        title: title.to_owned(),
        placement: placement.to_owned(),
        cpus: 24,
        memory_bytes: 220 << 30,
        gpus: gpus.map(str::to_owned),
        price_microcents_per_hour: 410_000_000,
        slots_free: free,
        slots_total: total,
        unavailable: None,
        unblocked_by: None,
        running: Some(if n == 1 { 2 } else { 0 }),
        placement_explained: PlacementView {
            considered: 6,
            candidates: 2,
            simulated_candidates: 1,
            candidate_nodes: vec![NodeRef { id: node_id(1), name: "hx-114".to_owned(), simulated: true }],
            excluded: vec![ExcludedNodes {
                sentence: "4 are in maintenance".to_owned(),
                count: 4,
                nodes: Vec::new(),
            }],
        },
    };
    let mut away = offer(3, "8 × H200 node", "bare_metal", Some("8 × H200"), (0, 3));
    away.price_microcents_per_hour = 2_640_000_000;
    away.unavailable =
        Some("No node in service has a slot for it: 2 are in maintenance, 1 is in use.".to_owned());
    away.unblocked_by = Some("node.end_maintenance".to_owned());
    away.placement_explained.candidates = 0;
    vec![
        offer(1, "1 × H200 slice", "slice", Some("1 × H200"), (11, 32)),
        offer(2, "Small slice", "slice", None, (0, 4)),
        away,
    ]
}

fn launch(scene: Scene, draft: bool) -> LaunchView {
    let mut card =
        card("workload.launch", "Launch workload", TargetKind::Project, Intent::SetUp, Danger::Safe);
    "The command runs on a node with a free slot, and answers on its port.".clone_into(&mut card.expected);
    "The slot is given back, nothing is left running, the log is kept.".clone_into(&mut card.on_failure);
    let error = |pointer: &str, sentence: &str| FieldError {
        pointer: pointer.to_owned(),
        sentence: sentence.to_owned(),
    };
    LaunchView {
        as_of: NOW,
        project: project("helios-lab", 1),
        skus: if scene == Scene::Empty { Vec::new() } else { offers() },
        form: LaunchForm {
            name: if draft { "Eval 7".to_owned() } else { String::new() },
            sku: sku_id(1).to_string(),
            command: "python3 -m http.server 8000".to_owned(),
            port: if draft { "99999".to_owned() } else { "8000".to_owned() },
            new_ssh_key: String::new(),
        },
        errors: if draft {
            vec![
                error("/name", "Use lower-case letters, digits and dashes, 2 to 40 of them: `eval-7`."),
                error("/port", "A port is a number from 1024 to 65535."),
            ]
        } else {
            Vec::new()
        },
        card,
        keys: vec![KeyChoice {
            name: "laptop".to_owned(),
            fingerprint: "SHA256:h3QdvX2k".to_owned(),
            public_key: "ssh-ed25519 AAAA".to_owned(),
            chosen: true,
        }],
        terminal_command: "curl -X POST https://slipway.helios.example/api/v1/operations/plan \\\n  -H \"Authorization: Bearer $SLIPWAY_TOKEN\" \\\n  -d '{\"operation\":\"workload.launch\", …}'".to_owned(),
    }
}

fn compute(scene: Scene) -> ComputeView {
    let skus = if scene == Scene::Empty { Vec::new() } else { offers() };
    ComputeView {
        as_of: NOW,
        project: project("helios-lab", 1),
        skus,
        safe_to_ignore: "1 offer cannot be launched now; its card says why.".to_owned(),
        may_not_launch: None,
        launches: runs(),
    }
}

fn rows(scene: Scene) -> Vec<SkuRow> {
    let row = |offer: SkuOffer| SkuRow {
        retired_at: offer.name.starts_with("small").then(|| ago(86_400)),
        offer,
        created_at: ago(900_000),
        held: 2,
    };
    if scene == Scene::Empty { Vec::new() } else { offers().into_iter().map(row).collect() }
}

fn offered(scene: Scene) -> SkusView {
    SkusView {
        as_of: NOW,
        skus: rows(scene),
        next_cursor: None,
        safe_to_ignore: "1 retired SKU: nobody can launch it.".to_owned(),
        create: card("sku.create", "Create SKU", TargetKind::Platform, Intent::SetUp, Danger::Safe),
        created: runs(),
    }
}

fn detail() -> SkuDetail {
    SkuDetail {
        as_of: NOW,
        sku: rows(Scene::Busy).remove(2),
        action_required: vec!["No node takes it now: 2 are in maintenance.".to_owned()],
        run_next: None,
        safe_to_ignore: None,
        operations: groups(TargetKind::Sku),
        past: runs(),
    }
}

impl ComputeConsole for FakeConsole {
    fn compute(&self, _: Option<ProjectId>) -> Answer<'_, ComputeView> {
        self.answer(|| compute(self.0))
    }
    fn offered(&self, _: PageRequest, _: Option<DraftId>) -> Answer<'_, SkusView> {
        self.answer(|| offered(self.0))
    }
    fn sku(&self, _: SkuId, _: Option<DraftId>) -> Answer<'_, SkuDetail> {
        self.answer(detail)
    }
    fn launch(
        &self,
        _: Option<ProjectId>,
        _: Option<SkuId>,
        draft: Option<DraftId>,
    ) -> Answer<'_, LaunchView> {
        self.answer(|| launch(self.0, draft.is_some()))
    }
    fn skus(&self, _: PageRequest) -> Answer<'_, Page<SkuOffer>> {
        self.answer(|| Page { items: offers(), next_cursor: None })
    }
    fn projects(&self, _: PageRequest) -> Answer<'_, Page<ProjectRef>> {
        self.answer(|| Page { items: vec![project("helios-lab", 1)], next_cursor: None })
    }
}

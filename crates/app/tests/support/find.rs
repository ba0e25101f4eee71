//! What is found, and the saved views, in the samples.

use super::account::own;
use super::{FakeConsole, NOW, Scene, ago, hex, node_id, workload_id};
use read_models::{
    Answer,
    find::{FindConsole, FindView, Found, FoundKind, FoundState, SavedView, SavedViews},
    ids::ViewId,
    navigation::{Address, RouteId},
};

fn found(kind: FoundKind, title: &str, detail: &str, address: Address) -> Found {
    let (title, detail) = (title.to_owned(), detail.to_owned());
    Found { kind, title, detail, state: None, address, anchor: None, simulated: false }
}

fn state(key: &str, word: &str) -> FoundState {
    FoundState { key: key.to_owned(), word: word.to_owned(), since: ago(300) }
}

impl FindConsole for FakeConsole {
    fn find(&self, words: String, _: Option<Address>) -> Answer<'_, FindView> {
        let busy = self.0 == Scene::Busy;
        self.answer(move || FindView {
            as_of: NOW,
            words,
            operations: if busy {
                vec![Found {
                    anchor: Some("node.drain".to_owned()),
                    ..found(
                        FoundKind::Operation,
                        "Drain node",
                        "on hx-114",
                        Address::NodeOperations(node_id(1)),
                    )
                }]
            } else {
                Vec::new()
            },
            pages: if busy {
                vec![found(FoundKind::Page, "Lifecycle: Nodes", "/platform/nodes", Address::Nodes)]
            } else {
                Vec::new()
            },
            resources: if busy {
                vec![
                    Found {
                        state: Some(state("running", "Running")),
                        ..found(
                            FoundKind::Workload,
                            "eval-7-with-a-rather-long-name-that-goes-on",
                            "in helios-lab",
                            Address::Workload(workload_id(1)),
                        )
                    },
                    Found {
                        simulated: true,
                        state: Some(state("unreachable", "Unreachable")),
                        ..found(
                            FoundKind::Node,
                            "hx-114",
                            "hardware address 52:54:00:ab:00:07",
                            Address::Node(node_id(1)),
                        )
                    },
                ]
            } else {
                Vec::new()
            },
            looked: "Write a name, an id, an IP or hardware address, or what you want to do.".to_owned(),
        })
    }

    fn saved_views(&self, here: String) -> Answer<'_, SavedViews> {
        let busy = self.0 == Scene::Busy;
        self.answer(move || SavedViews {
            as_of: NOW,
            list: RouteId::Workbench,
            here,
            views: if busy {
                vec![SavedView {
                    id: ViewId::from_uuid(&hex(1)),
                    name: "What is over".to_owned(),
                    address: "/workloads?view=history".to_owned(),
                    is_here: false,
                }]
            } else {
                Vec::new()
            },
            save: Some(own("view.save", "Save view", Vec::new())),
            rename: busy.then(|| own("view.rename", "Rename view", Vec::new())),
            delete: busy.then(|| own("view.delete", "Delete view", Vec::new())),
        })
    }
}

//! Every page on a console of samples: each answers the five questions, with the status and the landmarks it owes.

mod support;

use app::Theme;
use read_models::{
    error::ErrorKind,
    navigation::{Address, CONTRACT, Family, RouteId},
    onboarding::OnboardingStep,
};
use std::fmt::Write as _;
use support::{Scene, node_id, onboarding_id, operation_id, plan_id, render, sku_id, workload_id};

/// The address of a page of the samples.
fn address(route: RouteId) -> String {
    let row = route.route();
    let id = match row.family {
        Family::Entrance
        | Family::Compute
        | Family::Access
        | Family::Account
        | Family::Ops
        | Family::Iam
        | Family::Evidence
        | Family::Find => String::new(),
        Family::Workloads => workload_id(1).to_string(),
        Family::Config => sku_id(1).to_string(),
        Family::Lifecycle if route == RouteId::Onboarding => onboarding_id().to_string(),
        Family::Lifecycle => node_id(1).to_string(),
        Family::Operations if route == RouteId::Plan => plan_id(1).to_string(),
        Family::Operations => operation_id(1).to_string(),
    };
    row.path.replace(":id", &id)
}

#[tokio::test]
async fn every_page_answers_the_five_questions() {
    for row in CONTRACT {
        for scene in [Scene::Busy, Scene::Empty] {
            let (status, html) = render(&address(row.id), scene, Theme::System).await;
            assert_eq!(status, 200, "{}", row.path);
            let answers = &row.answers;
            for field in
                [answers.active, answers.needs_action, answers.ignorable, answers.next, answers.evidence]
            {
                let mark = format!("data-field=\"{field}\"");
                assert!(html.contains(&mark), "{} ({scene:?}) has no {mark}", row.path);
            }
            assert!(html.contains(&format!("data-page=\"{}\"", row.id.key())), "{}", row.path);
        }
    }
}

#[tokio::test]
async fn what_is_simulated_is_labelled_wherever_it_appears() {
    let pages = [
        RouteId::Nodes,
        RouteId::Node,
        RouteId::NodeOperations,
        RouteId::NodeCapabilities,
        RouteId::NodeCertificate,
        RouteId::NodeActivity,
        RouteId::Workbench,
        RouteId::Workload,
        RouteId::WorkloadActivity,
        RouteId::LaunchCompute,
        RouteId::Ops,
        RouteId::Plan,
        RouteId::Operation,
        RouteId::OperationEvidence,
    ];
    for page in pages {
        let (_, html) = render(&address(page), Scene::Busy, Theme::System).await;
        assert!(html.contains("data-state=\"simulated\""), "{}", page.route().path);
    }
    let (_, html) = render("/find?q=hx", Scene::Busy, Theme::System).await;
    assert!(html.contains("data-state=\"simulated\""), "what was found");
}

#[tokio::test]
async fn every_page_has_the_landmarks_and_selectors_of_the_contract() {
    for row in CONTRACT {
        let (_, html) = render(&address(row.id), Scene::Busy, Theme::System).await;
        assert_eq!(html.matches("<main").count(), 1, "{}", row.path);
        assert_eq!(html.matches("<h1").count(), 1, "{}", row.path);
        assert!(html.contains("<title>"), "{} has no title", row.path);
        assert_eq!(html.contains("data-back"), row.back.is_some(), "{}", row.path);
        if let Some(back) = row.back.filter(|back| *back != ":kind/:id") {
            assert!(html.contains(&format!("href=\"{back}\" data-back")), "{}", row.path);
        }
        let on_rail = row.family.entry().is_some();
        let current = format!("data-nav=\"{}\" aria-current=\"page\"", row.family.key());
        assert_eq!(html.contains(&current), on_rail, "{}", row.path);
        if row.local_nav.is_some() {
            let tab = format!("data-local-nav=\"{}\" aria-current=\"page\"", row.id.key());
            assert!(html.contains(&tab), "{}", row.path);
        }
    }
}

#[tokio::test]
async fn a_failure_is_shown_as_one_with_its_status_and_request() {
    for (kind, status) in [
        (ErrorKind::NotSignedIn, 401),
        (ErrorKind::Denied, 403),
        (ErrorKind::NotFound, 404),
        (ErrorKind::Gone, 410),
        (ErrorKind::Internal, 500),
        (ErrorKind::Unavailable, 503),
    ] {
        for row in CONTRACT {
            let (sent, html) = render(&address(row.id), Scene::Failing(kind), Theme::System).await;
            assert_eq!(sent, status, "{} {kind:?}", row.path);
            assert!(html.contains("req_0192f3a4") && html.contains("The sample says no."), "{}", row.path);
        }
    }
}

#[tokio::test]
async fn an_address_that_is_no_page_and_an_id_that_is_none_are_404() {
    for path in
        ["/nowhere", "/workloads/wl_nonsense", "/operations/plans/op_x", "/platform/nodes/x/certificate"]
    {
        let (status, html) = render(path, Scene::Busy, Theme::System).await;
        assert_eq!(status, 404, "{path}");
        assert!(html.contains("Nothing here"), "{path}");
    }
}

#[tokio::test]
async fn each_step_of_an_onboarding_is_an_address_with_its_own_answer() {
    for (step, shows) in [
        (OnboardingStep::Site, "data-choice=\"maas_batch\" data-off"),
        (OnboardingStep::Role, "name=\"input.role\""),
        (OnboardingStep::Setup, "data-posture=\"missing\""),
        (OnboardingStep::Token, "name=\"input.onboarding\""),
        (OnboardingStep::Command, "slipway-node enrol --server https://slipway.example:8443"),
        (OnboardingStep::Signs, "data-lamp=\"heartbeat\" data-lamp-state=\"waiting\""),
        (OnboardingStep::Land, "Probe node"),
    ] {
        let path = Address::Onboarding { id: onboarding_id(), step: Some(step) }.to_string();
        let (status, html) = render(&path, Scene::Busy, Theme::System).await;
        assert_eq!(status, 200, "{path}");
        assert!(html.contains(shows), "{path} shows no {shows}");
        let current = html.split("aria-current=\"step\"").next().unwrap_or_default();
        let last = current.rsplit("data-step=").next().unwrap_or_default();
        assert!(last.starts_with(&format!("\"{}\"", step.key())), "{path} is not the current step");
    }
    let path = Address::Onboarding { id: onboarding_id(), step: Some(OnboardingStep::Signs) }.to_string();
    let (_, html) = render(&path, Scene::Busy, Theme::System).await;
    for said in [
        "CA mismatch",
        "Name taken",
        " times since ",
        "told this later",
        "Perhaps this machine",
        "curl --insecure",
    ] {
        assert!(html.contains(said), "{said}");
    }
}

#[tokio::test]
async fn what_people_and_programs_write_is_shown_as_text() {
    let (_, html) = render(&address(RouteId::Workload), Scene::Busy, Theme::System).await;
    assert!(!html.contains("<script>alert(1)"));
    assert!(html.contains("&lt;script&gt;alert(1)"));
}

#[tokio::test]
async fn a_form_that_came_back_keeps_what_was_typed_beside_what_is_wrong() {
    let draft = format!("/compute/launch?draft=dft_{}", workload_id(1).digits());
    let (_, html) = render(&draft, Scene::Busy, Theme::System).await;
    assert!(html.contains("value=\"Eval 7\"") && html.contains("id=\"input-name-error\""));
    assert!(html.contains("aria-invalid=\"true\"") && html.contains("A port is a number"));
}

#[tokio::test]
async fn a_refused_form_is_said_above_the_page_it_stood_on() {
    let (_, html) =
        render(&format!("{}?error=not_confirmed", address(RouteId::Plan)), Scene::Busy, Theme::System).await;
    assert!(html.contains("data-problem=\"not_confirmed\"") && html.contains("Nothing was changed."));
    let (_, html) = render("/sign-in?error=wait&seconds=40", Scene::Busy, Theme::System).await;
    assert!(html.contains("in 40 s"));
}

#[tokio::test]
async fn pages_have_no_inline_styles_and_no_script_without_a_nonce() {
    for row in CONTRACT {
        let (_, html) = render(&address(row.id), Scene::Busy, Theme::Dark).await;
        assert!(!html.contains(" style="), "{}", row.path);
        assert!(html.contains("data-theme=\"dark\""));
        for script in html.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap_or_default();
            assert!(tag.contains("nonce=\""), "{}: <script{tag}>", row.path);
        }
    }
}

/// `SLIPWAY_GALLERY=<folder>` writes every page there as HTML, to be looked at.
#[tokio::test]
async fn the_gallery_is_written_where_somebody_asks_for_it() {
    let Some(folder) = std::env::var_os("SLIPWAY_GALLERY").map(std::path::PathBuf::from) else { return };
    let mut pages: Vec<(String, String, Scene)> =
        CONTRACT.iter().map(|row| (row.id.key().to_owned(), address(row.id), Scene::Busy)).collect();
    for row in CONTRACT {
        pages.push((format!("{}_empty", row.id.key()), address(row.id), Scene::Empty));
    }
    let draft = format!("/compute/launch?draft=dft_{}", workload_id(1).digits());
    pages.push(("launch_draft".to_owned(), draft, Scene::Busy));
    pages.push(("history".to_owned(), "/workloads?view=history".to_owned(), Scene::Busy));
    pages.push(("sign_in_wrong".to_owned(), "/sign-in?error=wrong".to_owned(), Scene::Busy));
    pages.push(("first_with_token".to_owned(), "/sign-in/first?token=abc".to_owned(), Scene::Empty));
    pages.push(("plan_changed".to_owned(), format!("{}?changed=1", address(RouteId::Plan)), Scene::Busy));
    pages.push(("denied".to_owned(), address(RouteId::Nodes), Scene::Failing(ErrorKind::Denied)));
    let mut index = String::new();
    for (name, path, scene) in pages {
        for theme in [Theme::Light, Theme::Dark] {
            let (_, html) = render(&path, scene, theme).await;
            let file = format!("{name}.{}.html", theme.key());
            std::fs::write(folder.join(&file), html).unwrap();
            writeln!(index, "{file}").unwrap();
        }
    }
    std::fs::write(folder.join("index.txt"), index).unwrap();
}

#[tokio::test]
async fn a_chart_shows_what_is_missing_and_says_it_in_words() {
    let (_, html) = render(&address(RouteId::WorkloadMetrics), Scene::Busy, Theme::System).await;
    for said in [
        "data-series=\"cpu\"",
        "<svg",
        "preserveAspectRatio=\"none\"",
        "Not measured: ",
        "One point is of a part of its time.",
        "limit 2 of its SKU",
        "This node cannot tell use of GPUs.",
        "0.5 (0.25 to 1), partial",
        "<td data-label=\"Resident memory\">not measured<",
        "href=\"/workloads/wl_",
        "/metrics?window=14d\"",
    ] {
        assert!(html.contains(said), "{said} is not in {html}");
    }
    assert!(!html.contains("style="), "no inline style: the content security policy forbids it");
    let (_, html) = render(&address(RouteId::Workload), Scene::Busy, Theme::System).await;
    assert!(html.contains("0.52 processors, 112 MiB<"), "{html}");
    let (_, html) = render(&address(RouteId::WorkloadMetrics), Scene::Empty, Theme::System).await;
    assert!(html.contains("was never measured") && !html.contains("<svg"), "{html}");
}

#[tokio::test]
async fn a_node_says_why_it_is_not_moving() {
    let (_, html) = render(&address(RouteId::Node), Scene::Busy, Theme::System).await;
    for said in [
        "data-field=\"under_way\"",
        "Looks again ",
        "The agent did not answer within 10 s.",
        "usually 40 s, nine in ten under 1 min",
        "Nine in ten take less than 1 min.",
        "Waits for its agent",
        "usually 4 s, nine in ten under 9 s",
    ] {
        assert!(html.contains(said), "{said} is not in {html}");
    }
}

#[tokio::test]
async fn workloads_are_ticked_for_an_operation_on_many_and_slow_ones_are_marked() {
    for path in ["/workloads", "/workloads?view=all"] {
        let (_, html) = render(path, Scene::Busy, Theme::System).await;
        for said in [
            "aria-label=\"Select llama-eval-7\"",
            "value=\"bulk.run_in_project\"",
            "value=\"project:prj_",
            "name=\"project\" value=\"prj_",
            "Release workload (destructive)",
            "Plan for the ticked workloads…",
            &format!("name=\"back\" value=\"{path}\""),
        ] {
            assert!(html.contains(said), "{said} is not in {html}");
        }
    }
    let (_, html) = render("/workloads", Scene::Busy, Theme::System).await;
    let quiet = html.split("aria-label=\"Select notebook-lab\"").next().unwrap_or_default();
    let tick = quiet.rsplit("<input").next().unwrap_or_default();
    assert!(tick.contains(" checked"), "what was ticked stays ticked: {tick}");
    assert_eq!(html.matches("data-slow").count(), 1, "{html}");
    let (_, html) = render("/platform/nodes", Scene::Busy, Theme::System).await;
    assert!(html.contains("data-slow") && html.contains("Nine in ten take less than 2 min."), "{html}");
    let (_, html) = render("/workloads", Scene::Empty, Theme::System).await;
    assert!(!html.contains("input.targets"), "nothing is there to be ticked");
}

#[tokio::test]
async fn a_search_of_the_audit_keeps_what_was_said_and_marks_what_cannot_be_meant() {
    let path = "/platform/evidence/audit?actor=ops%40helios.example&text=drain&from=yesterday";
    let (status, html) = render(path, Scene::Busy, Theme::System).await;
    assert_eq!(status, 200);
    for said in [
        "value=\"ops@helios.example\"",
        "id=\"from-error\"",
        "Write a time in UTC",
        "Nothing was searched",
        "name=\"input.format\"",
    ] {
        assert!(html.contains(said), "{said} is not in {html}");
    }
    let (_, html) = render("/platform/evidence/audit?text=drain", Scene::Busy, Theme::System).await;
    for said in [
        "Looked at 5,000 events",
        "text=drain&amp;cursor=1.2",
        "/platform/evidence/audit?actor=ops%40helios.example&amp;text=drain",
        "data-event=\"48213\"",
        "&lt;script&gt;alert(1)",
    ] {
        assert!(html.contains(said), "{said} is not in {html}");
    }
}

//! The pages over HTTP: whole HTML with its real status, one nonce, the same answers for the browser's questions.

use read_models::navigation::{CONTRACT, RouteId};
use server::authz::Role;
use server::store::testing::on_both;

use crate::house::House;

#[tokio::test]
async fn every_page_of_the_contract_is_served_whole() {
    on_both(async |db| {
        let house = House::on(db).await;
        let (admin, program) =
            (house.browser(Role::PlatformAdmin).await, house.program(Role::PlatformAdmin).await);
        let operation =
            house.starts(&program, "node.drain", &format!("node:{}", house.node), "confirmed").await;
        for row in CONTRACT.iter().filter(|row| row.id.key() != "plan") {
            let id = match row.path.split('/').nth(1) {
                Some("workloads") => house.workloads[0].to_string(),
                Some("platform") if row.path.contains("skus") => house.sku.to_string(),
                Some("platform") if row.id == RouteId::Onboarding => house.onboarding.to_string(),
                Some("platform") => house.node.to_string(),
                _ => operation.to_string(),
            };
            let path = row.path.replace(":id", &id);
            for reader in [&admin, &program] {
                let page = reader.gets(&path).await;
                assert_eq!(page.status.as_u16(), 200, "{path}: {}", page.text);
                assert!(page.header("content-type").starts_with("text/html"));
                assert!(page.text.contains(&format!("data-page=\"{}\"", row.id.key())), "{path}");
                assert!(page.text.contains("</html>"), "{path} is not whole");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn the_scripts_of_a_page_carry_the_nonce_of_its_header() {
    on_both(async |db| {
        let house = House::on(db).await;
        let admin = house.browser(Role::PlatformAdmin).await;
        let page = admin.gets("/platform/nodes").await;
        let policy = page.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        let scripts: Vec<_> =
            page.text.split("<script").skip(1).map(|script| script.split('>').next().unwrap()).collect();
        assert!(scripts.len() > 1, "the page brings its data");
        for script in scripts {
            assert!(script.contains(&format!("nonce=\"{nonce}\"")), "<script{script}>");
        }
        assert_eq!(page.header("cache-control"), "no-store");
    })
    .await;
}

#[tokio::test]
async fn the_start_leads_where_the_role_begins_and_strangers_to_the_door() {
    on_both(async |db| {
        let house = House::on(db).await;
        assert_eq!(house.browser(Role::Operator).await.gets("/").await.leads_to(), "/platform/ops");
        assert_eq!(house.browser(Role::Member).await.gets("/").await.leads_to(), "/workloads");
        let nobody = house.nobody();
        assert_eq!(nobody.gets("/").await.leads_to(), "/sign-in");
        assert_eq!(
            nobody.gets("/workloads?view=all").await.leads_to(),
            "/sign-in?next=/workloads%3Fview%3Dall"
        );
        assert_eq!(nobody.gets("/sign-in").await.status.as_u16(), 200);
    })
    .await;
}

#[tokio::test]
async fn what_is_not_there_is_a_page_for_people_and_a_problem_for_programs() {
    on_both(async |db| {
        let house = House::on(db).await;
        let (admin, program) =
            (house.browser(Role::PlatformAdmin).await, house.program(Role::PlatformAdmin).await);
        for path in
            ["/nowhere", "/workloads/wl_nonsense", "/platform/nodes/node_00000000000000000000000000000000"]
        {
            let page = admin.gets(path).await;
            assert_eq!((page.status.as_u16(), page.text.contains("Nothing here")), (404, true), "{path}");
        }
        program.gets("/nowhere").await.is_problem(404, "not_found");
        admin.gets("/api/v1/nowhere").await.is_problem(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn an_allocation_leads_to_the_workload_that_holds_it() {
    on_both(async |db| {
        let house = House::on(db).await;
        let member = house.browser(Role::Member).await;
        let workload = house.workloads[0].to_string();
        let digits = workload.trim_start_matches("wl_");
        let dashed = format!("{}-{}", &digits[..8], &digits[8..]);
        for id in [workload.as_str(), digits, &dashed, &digits.to_ascii_uppercase()] {
            let moved = member.gets(&format!("/allocations/{id}")).await;
            assert_eq!(
                (moved.status.as_u16(), moved.location()),
                (308, format!("/workloads/{workload}").as_str())
            );
        }
        let nonsense = member.gets("/allocations/a%2Fb").await;
        assert_eq!(nonsense.location(), "/workloads/a/b", "never to another place");
        assert_eq!(member.gets(nonsense.location()).await.status.as_u16(), 404);
    })
    .await;
}

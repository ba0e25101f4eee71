//! The queue of whoever looks after the machines, as programs get it.

use server::authz::Role;
use server::store::testing::on_both;

use crate::house::House;

#[tokio::test]
async fn the_queue_tells_what_is_under_way_on_what_and_whose_certificate_ends() {
    on_both(async |db| {
        let house = House::on(db).await;
        let operator = house.program(Role::Operator).await;
        let before = operator.gets("/api/v1/platform/ops").await.json();
        assert_eq!(before["running"].as_array().map(Vec::len), Some(0));
        assert_eq!(before["certificates"][0]["node"], house.node.as_str());
        let target = format!("node:{}", house.node);
        let drain = house.starts(&operator, "node.drain", &target, "confirmed").await;
        let queue = operator.gets("/api/v1/platform/ops").await.json();
        let running = &queue["running"][0];
        assert_eq!(running["progress"]["id"], drain.as_str());
        assert_eq!(running["progress"]["title"], "Drain node");
        assert_eq!(running["target"]["id"], house.node.as_str());
        assert!(
            running["usually"].is_null() && running["above_sla"].is_null(),
            "too few runs are known: {running}"
        );
        assert_eq!(queue["ended"].as_array().map(Vec::len), Some(0));
    })
    .await;
}

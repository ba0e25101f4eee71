//! What is offered and where there is room for it, what would a launch do, and what decides the offer?

use super::Asking;
use crate::authz::{Nodes, OperationRecords, Permit, Read, Scope, Skus, Workloads};
use crate::facts::PlacementFacts;
use crate::operations::price_written;
use crate::projections::placement;
use crate::store::operations::{self as stored, StoredOperation};
use crate::store::skus::{self, Placement, Sku};
use crate::store::{form_drafts, projects, ssh_keys, workloads};
use read_models::Answer;
use read_models::compute::{
    ComputeConsole, ComputeView, KeyChoice, LaunchForm, LaunchView, SkuDetail, SkuOffer, SkuRow, SkusView,
};
use read_models::error::{ConsoleError, FieldError};
use read_models::ids::{DraftId, ProjectId, SkuId};
use read_models::operation::{OperationCard, Target, TargetKind};
use read_models::paging::{Page, PageRequest};
use read_models::session::ProjectRef;
use read_models::workloads::RunNext;
use std::collections::BTreeMap;

const LAUNCH: &str = "workload.launch";
const CREATE: &str = "sku.create";
/// A page shows no more SKUs than this.
const SHOWN: i64 = 100;
/// Past operations that are shown.
const PAST: i64 = 5;

impl ComputeConsole for Asking {
    fn compute(&self, project: Option<ProjectId>) -> Answer<'_, ComputeView> {
        Box::pin(async move {
            let project = self.project(project).await?;
            let scope = Scope::Project(project.id.clone());
            let running: Permit<Read, Workloads> = self.permit(&scope)?;
            let running = workloads::running_by_sku(&self.state().db, &running).await;
            let running = running.map_err(|error| self.broken(error))?.into_iter().collect();
            let skus = self.offers(&scope, Some(&running)).await?;
            let target = Target { kind: TargetKind::Project, id: project.id.as_str().to_owned() };
            let found = self.target(&target).await?;
            let launch = self.operation(LAUNCH)?.declaration();
            let denied = self.may_operate(launch, &found).err();
            let away = skus.iter().filter(|sku| sku.unavailable.is_some()).count();
            Ok(ComputeView {
                as_of: self.now(),
                project: ProjectRef { id: project.id, name: project.name },
                safe_to_ignore: ignorable(skus.len(), away),
                skus,
                may_not_launch: denied
                    .map(|denied| format!("{} is not yours to do. {}", launch.title, denied.next_step())),
                launches: self.past_runs(&self.past(&scope, &target, LAUNCH).await?),
            })
        })
    }

    fn launch(
        &self,
        project: Option<ProjectId>,
        sku: Option<SkuId>,
        draft: Option<DraftId>,
    ) -> Answer<'_, LaunchView> {
        Box::pin(async move {
            let project = self.project(project).await?;
            let scope = Scope::Project(project.id.clone());
            // Prices alone are for others as well; this page is for those who see what runs.
            let _: Permit<Read, Workloads> = self.permit(&scope)?;
            let skus = self.offers(&scope, None).await?;
            let target = Target { kind: TargetKind::Project, id: project.id.as_str().to_owned() };
            let found = self.target(&target).await?;
            let card = self.card(self.operation(LAUNCH)?, &target, &found, &[]).await?;
            let (mut form, chosen, errors) = self.launch_form(draft.as_ref()).await?;
            if form.sku.is_empty() {
                let first = skus.iter().find(|offer| offer.unavailable.is_none()).or(skus.first());
                form.sku =
                    sku.map(String::from).or(first.map(|offer| offer.id.to_string())).unwrap_or_default();
            }
            Ok(LaunchView {
                as_of: self.now(),
                terminal_command: terminal_command(&project.id, &form),
                project: ProjectRef { id: project.id, name: project.name },
                skus,
                keys: self.key_choices(chosen.as_deref()).await?,
                form,
                errors,
                card,
            })
        })
    }

    fn offered(&self, page: PageRequest, draft: Option<DraftId>) -> Answer<'_, SkusView> {
        Box::pin(async move {
            let permit: Permit<Read, Skus> = self.permit(&Scope::Platform)?;
            let limit = i64::from(page.limit()) + 1;
            let all = skus::all(&self.state().db, &permit, page.cursor.as_deref(), limit).await;
            let facts = self.placement().await?;
            let rows = all.map_err(|error| self.broken(error))?;
            let rows: Vec<_> = rows.iter().map(|(sku, held)| self.sku_row(sku, *held, &facts)).collect();
            let listed = Page::from_overfull(rows, page.limit(), |row: &SkuRow| row.offer.name.clone());
            let retired = listed.items.iter().filter(|row| row.retired_at.is_some()).count();
            let target = Target { kind: TargetKind::Platform, id: "platform".to_owned() };
            let found = self.target_of(CREATE, &target).await?;
            let past = self.past(&Scope::Platform, &target, CREATE).await?;
            let mut create = self.card(self.operation(CREATE)?, &target, &found, &past).await?;
            self.bring_back(draft.as_ref(), [&mut create]).await?;
            Ok(SkusView {
                as_of: self.now(),
                safe_to_ignore: match retired {
                    0 => "Nothing is retired.".to_owned(),
                    1 => "1 retired SKU: nobody can launch it.".to_owned(),
                    more => format!("{more} retired SKUs: nobody can launch them."),
                },
                skus: listed.items,
                next_cursor: listed.next_cursor,
                create,
                created: self.past_runs(&past),
            })
        })
    }

    fn sku(&self, id: SkuId, draft: Option<DraftId>) -> Answer<'_, SkuDetail> {
        Box::pin(async move {
            let target = Target { kind: TargetKind::Sku, id: id.as_str().to_owned() };
            let found = self.target(&target).await?;
            let permit: Permit<Read, Skus> = self.permit(&Scope::Platform)?;
            let sku = skus::find(&mut &self.state().db, &permit, &id).await.map_err(|e| self.broken(e))?;
            let held = skus::held(&mut &self.state().db, &permit, &id).await.map_err(|e| self.broken(e))?;
            let row = self.sku_row(&sku, held, &self.placement().await?);
            let past = self.past_of_sku(&target).await?;
            let mut operations = self.cards(&target, &found, &past).await?;
            let cards = operations.iter_mut().flat_map(|group| &mut group.cards);
            begin_with_what_is(cards, &sku);
            self.bring_back(draft.as_ref(), operations.iter_mut().flat_map(|group| &mut group.cards)).await?;
            Ok(SkuDetail {
                as_of: self.now(),
                action_required: row.offer.unavailable.clone().into_iter().collect(),
                run_next: next_for(&row),
                safe_to_ignore: row.retired_at.is_some().then(|| {
                    "It is retired: nobody can launch it, and what runs with it goes on.".to_owned()
                }),
                past: self.past_runs(&past),
                sku: row,
                operations,
            })
        })
    }

    fn skus(&self, page: PageRequest) -> Answer<'_, Page<SkuOffer>> {
        Box::pin(async move {
            let scope = self.widest_scope(None)?;
            let permit: Permit<Read, Skus> = self.permit(&scope)?;
            let limit = i64::from(page.limit()) + 1;
            let offered = skus::offered(&self.state().db, &permit, page.cursor.as_deref(), limit).await;
            let facts = self.placement().await?;
            let names_nodes = self.names_nodes();
            let offers: Vec<_> = offered
                .map_err(|error| self.broken(error))?
                .iter()
                .map(|sku| offer(sku, &facts, names_nodes))
                .collect();
            Ok(Page::from_overfull(offers, page.limit(), |offer| offer.name.clone()))
        })
    }

    fn projects(&self, page: PageRequest) -> Answer<'_, Page<ProjectRef>> {
        Box::pin(async move {
            let visible =
                projects::visible_to(&self.state().db, self.who()?).await.map_err(|e| self.broken(e))?;
            let after = page.cursor.unwrap_or_default();
            let refs = visible.into_iter().filter(|project| project.name > after);
            let some: Vec<_> = refs
                .take(page.limit.unwrap_or(read_models::paging::DEFAULT_LIMIT) as usize + 1)
                .map(|project| ProjectRef { id: project.id, name: project.name })
                .collect();
            let limit = page
                .limit
                .unwrap_or(read_models::paging::DEFAULT_LIMIT)
                .clamp(1, read_models::paging::MAX_LIMIT);
            Ok(Page::from_overfull(some, limit, |project| project.name.clone()))
        })
    }
}

impl Asking {
    /// How much room there is: everybody who may launch may know that, and not where.
    async fn placement(&self) -> Result<PlacementFacts, ConsoleError> {
        let facts = PlacementFacts::load(&mut &self.state().db, &self.proof()).await;
        facts.map_err(|error| self.broken(error))
    }

    fn names_nodes(&self) -> bool {
        let permit: Result<Permit<Read, Nodes>, _> = self.permit(&Scope::Platform);
        permit.is_ok()
    }

    fn operation(
        &self,
        id: &str,
    ) -> Result<&std::sync::Arc<dyn operations::AnyOperation<crate::operations::World>>, ConsoleError> {
        self.state().register.find(id).ok_or_else(|| ConsoleError::not_found("operation"))
    }

    /// What is offered, by name.
    async fn offers(
        &self,
        scope: &Scope,
        running: Option<&BTreeMap<SkuId, i64>>,
    ) -> Result<Vec<SkuOffer>, ConsoleError> {
        let permit: Permit<Read, Skus> = self.permit(scope)?;
        let offered =
            skus::offered(&self.state().db, &permit, None, SHOWN).await.map_err(|e| self.broken(e))?;
        let (facts, names_nodes) = (self.placement().await?, self.names_nodes());
        let offers = offered.iter().map(|sku| SkuOffer {
            running: running.map(|running| number(running.get(&sku.id).copied().unwrap_or(0))),
            ..offer(sku, &facts, names_nodes)
        });
        Ok(offers.collect())
    }

    fn sku_row(&self, sku: &Sku, held: i64, facts: &PlacementFacts) -> SkuRow {
        let mut offer = offer(sku, facts, self.names_nodes());
        if sku.retired_at.is_some() {
            // That there is no room for what nobody can launch is no trouble.
            (offer.unavailable, offer.unblocked_by) = (None, None);
        }
        SkuRow { offer, created_at: sku.created_at, retired_at: sku.retired_at, held: number(held) }
    }

    /// The newest runs of one operation on a target.
    async fn past(
        &self,
        scope: &Scope,
        target: &Target,
        of: &str,
    ) -> Result<Vec<StoredOperation>, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(scope)?;
        let past = stored::newest_of_operation(&self.state().db, &permit, target, of, PAST).await;
        past.map_err(|error| self.broken(error))
    }

    async fn past_of_sku(&self, target: &Target) -> Result<Vec<StoredOperation>, ConsoleError> {
        let permit: Permit<Read, OperationRecords> = self.permit(&Scope::Platform)?;
        let past = stored::newest_of_target(&self.state().db, &permit, target, false, None, PAST).await;
        past.map_err(|error| self.broken(error))
    }

    /// One's own keys; all of them are chosen until somebody chooses otherwise.
    async fn key_choices(&self, chosen: Option<&str>) -> Result<Vec<KeyChoice>, ConsoleError> {
        let who = self.who()?;
        let permit: Permit<Read, crate::authz::Account> = self.permit(&Scope::Person(who.user_id.clone()))?;
        let keys = ssh_keys::of_person(&mut &self.state().db, &permit, &who.user_id).await;
        let choice = |key: ssh_keys::SshKey| KeyChoice {
            chosen: chosen.is_none_or(|chosen| chosen.contains(&key.public_key)),
            name: key.name,
            fingerprint: key.fingerprint,
            public_key: key.public_key,
        };
        Ok(keys.map_err(|error| self.broken(error))?.into_iter().map(choice).collect())
    }

    /// The form as it was typed, which keys were chosen in it, and what was wrong; none chosen when there was no form.
    async fn launch_form(
        &self,
        draft: Option<&DraftId>,
    ) -> Result<(LaunchForm, Option<String>, Vec<FieldError>), ConsoleError> {
        let nothing = || (LaunchForm::default(), None, Vec::new());
        let Some(id) = draft else { return Ok(nothing()) };
        let kept = form_drafts::find(&self.state().db, &self.who()?.user_id, id)
            .await
            .map_err(|e| self.broken(e))?;
        let Some(kept) = kept.filter(|draft| draft.operation == LAUNCH) else { return Ok(nothing()) };
        let typed = |name: &str| kept.fields.get(name).cloned().unwrap_or_default();
        let form = LaunchForm {
            name: typed("name"),
            sku: typed("sku"),
            command: typed("command"),
            port: typed("port"),
            new_ssh_key: typed("new_ssh_key"),
        };
        Ok((form, Some(typed("ssh_keys")), kept.errors))
    }
}

fn ignorable(offered: usize, away: usize) -> String {
    match (offered, away) {
        (0, _) => "Nothing is offered, so there is nothing to ignore.".to_owned(),
        (_, 0) => "Everything offered can be launched now.".to_owned(),
        (_, 1) => "1 offer cannot be launched now; its card says why.".to_owned(),
        (_, more) => format!("{more} offers cannot be launched now; their cards say why."),
    }
}

/// A form for what is there begins with what is there.
fn begin_with_what_is<'a>(cards: impl Iterator<Item = &'a mut OperationCard>, sku: &Sku) {
    let price = price_written(sku.price_microcents_per_hour);
    for card in cards {
        for field in &mut card.fields {
            match field.name.as_str() {
                "title" => field.value.clone_from(&sku.title),
                "price_per_hour" => field.value.clone_from(&price),
                _ => {}
            }
        }
    }
}

fn next_for(row: &SkuRow) -> Option<RunNext> {
    if row.retired_at.is_some() || row.offer.placement_explained.candidates > 0 {
        return None;
    }
    // Only when no machine could ever take it; that all are full is no fault of the SKU.
    (row.offer.slots_total == 0 && row.held == 0).then(|| RunNext {
        operation: "sku.retire".to_owned(),
        title: "Retire it".to_owned(),
        reason: "No node that is here now could take it.".to_owned(),
    })
}

fn number(count: i64) -> u32 {
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}

fn offer(sku: &Sku, facts: &PlacementFacts, names_nodes: bool) -> SkuOffer {
    let judged = facts.judge(sku);
    let free = judged.iter().filter_map(|judged| judged.free.ok()).sum();
    let total = judged.iter().map(|judged| judged.capacity).sum();
    let (unavailable, unblocked_by) = placement::nowhere(&judged).unzip();
    SkuOffer {
        id: sku.id.clone(),
        name: sku.name.clone(),
        title: sku.title.clone(),
        placement: match sku.placement {
            Placement::BareMetal => "bare_metal".to_owned(),
            Placement::Slice => "slice".to_owned(),
        },
        cpus: number(sku.cpus),
        memory_bytes: u64::try_from(sku.memory_bytes).unwrap_or(0),
        gpus: sku
            .gpu_model
            .as_ref()
            .filter(|_| sku.gpu_count > 0)
            .map(|model| format!("{} × {model}", sku.gpu_count)),
        price_microcents_per_hour: sku.price_microcents_per_hour,
        slots_free: number(free),
        slots_total: number(total),
        unavailable,
        unblocked_by: unblocked_by.map(str::to_owned),
        running: None,
        placement_explained: placement::view(&judged, names_nodes),
    }
}

fn terminal_command(project: &ProjectId, form: &LaunchForm) -> String {
    let name = if form.name.is_empty() { "my-workload" } else { &form.name };
    format!(
        "curl -sS $SLIPWAY/api/v1/operations/plan \\\n  -H \"Authorization: Bearer $SLIPWAY_TOKEN\" -H 'Content-Type: application/json' \\\n  \
         -d '{{\"operation\":\"workload.launch\",\"target\":\"project:{project}\",\\\n       \
         \"input\":{{\"name\":\"{name}\",\"sku\":\"{}\",\"command\":[\"python3\",\"-m\",\"http.server\",\"8000\"],\"port\":8000}}}}'\n\
         # then POST its hash to /api/v1/operations with an Idempotency-Key",
        form.sku
    )
}

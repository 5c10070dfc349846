//! The deletions at the end of a sync.

use super::broke_off;
use super::events::Event;
use super::plan::Planned;
use super::removal::{self, Removal};
use super::stream::{Item, Plan, Question};
use k5_core::Result;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Counts the deletions; `most` plus one means more than `most`.
pub(super) async fn count_deletions(question: &Arc<Question>, width: usize, most: u64) -> Result<u64> {
    let mut plan = Plan::begin(question.clone(), false, true, width).await?;
    let mut count = 0;
    while count <= most
        && let Some(item) = plan.next().await?
    {
        count += u64::from(matches!(item, Item::Planned(_)));
    }
    Ok(count)
}

/// Deletes what is planned, up to `left` items. Returns whether that was all.
pub(super) async fn remove_all(
    removal: Removal,
    mut plan: Plan,
    mut left: u64,
    told: &mut impl FnMut(Event) -> ControlFlow<()>,
) -> Result<bool> {
    let mut batch = Vec::new();
    loop {
        let item = plan.next().await?;
        let too_many = left == 0 && matches!(item, Some(Item::Planned(_)));
        let last = item.is_none() || too_many;
        match item {
            Some(Item::Planned(_)) if too_many => {}
            Some(Item::Planned(planned)) => {
                left -= 1;
                batch.push(*planned);
            }
            Some(Item::Failed { name, error }) => {
                if told(Event::Failed { name, error }).is_break() {
                    return Ok(true);
                }
            }
            // They were reported in the first round.
            Some(Item::Skipped { .. }) | None => {}
        }
        if batch.len() < removal::BATCH && !last {
            continue;
        }
        let planned: Vec<Planned> = std::mem::take(&mut batch);
        let names = planned.iter().map(|planned| planned.name.clone()).collect();
        let mut outcomes: HashMap<_, _> = removal.remove(names).await.into_iter().collect();
        for planned in planned {
            let event = match outcomes.remove(&planned.name) {
                Some(Ok(())) => Event::Done(Box::new(planned)),
                Some(Err(error)) => Event::Failed { name: planned.name, error },
                None => {
                    let error = broke_off("the deletion");
                    Event::Failed { name: planned.name, error }
                }
            };
            if told(event).is_break() {
                return Ok(true);
            }
        }
        if last {
            return Ok(!too_many);
        }
    }
}

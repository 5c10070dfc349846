//! How much there is in the source, found out beside the sync itself.

use super::names::Names;
use super::stream::Question;
use super::walk::Found;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The task that counts; it ends when this is dropped.
pub(super) struct Counting(JoinHandle<()>);

impl Counting {
    pub(super) fn start(question: Arc<Question>) -> Self {
        Self(tokio::spawn(async move {
            // What can't be read makes the sync itself fail, or shows when its turn comes.
            let Ok(mut names) = Names::source(&question.storage, &question.from, &question.scope) else { return };
            let (mut files, mut bytes) = (0, 0);
            loop {
                match names.next().await {
                    Ok(Some(Found::Entry(entry))) => {
                        files += 1;
                        bytes += entry.size.value().copied().unwrap_or(0);
                    }
                    Ok(Some(_)) => {}
                    Ok(None) => break,
                    Err(_) => return,
                }
            }
            question.totals.expect(files, bytes);
        }))
    }

    pub(super) async fn finish(mut self) {
        // The totals are for display: the sync has an outcome without them.
        let _ = (&mut self.0).await;
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

//! What the cluster says about itself (`/info`), requested once for each cloud and process.

use crate::{ObjectStorage, limits};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// The number of segments that one manifest may name if the cluster doesn't say: 1,000.
pub const MANIFEST_SEGMENTS: u64 = 1000;

/// A cluster's limits on large objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Maximum number of bytes in an object.
    pub(crate) object: u64,
    /// Minimum number of bytes in a segment, except for the last one.
    pub(crate) least: u64,
    /// Maximum number of segments in a manifest.
    pub(crate) segments: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { object: limits::OBJECT_SIZE, least: 1 << 20, segments: MANIFEST_SEGMENTS }
    }
}

/// What a cluster can do.
#[derive(Clone, Debug)]
pub(crate) struct Cluster {
    pub(crate) bounds: Bounds,
    /// Whether static large objects work; `None` if the cluster doesn't say.
    pub(crate) static_objects: Option<bool>,
    /// How many names one bulk deletion takes; `None` if it isn't supported, or the cluster doesn't say.
    pub(crate) bulk_delete: Option<usize>,
}

#[derive(Default)]
struct Asked(OnceCell<Arc<Cluster>>);

impl ObjectStorage {
    /// The cluster's limits, or the usual ones if it doesn't report them.
    pub(crate) async fn cluster(&self) -> Arc<Cluster> {
        let asked = self.session.remembered::<Asked>();
        let ask = async || match self.show_info().send().await {
            Ok(info) => Ok(Arc::new(Cluster::read(&info))),
            // An answer that refuses is worth keeping; a network failure is not.
            Err(error) if error.status().is_some() && !error.is_retryable() => Ok(Arc::new(Cluster::unknown())),
            Err(_) => Err(()),
        };
        match asked.0.get_or_try_init(ask).await {
            Ok(cluster) => cluster.clone(),
            Err(()) => Arc::new(Cluster::unknown()),
        }
    }

    /// Returns how many names one bulk deletion takes here (`/info`); `None` if the cluster doesn't support it, or doesn't say.
    /// Requested once for each cloud and process.
    pub async fn bulk_delete_limit(&self) -> Option<usize> {
        self.cluster().await.bulk_delete
    }
}

impl Cluster {
    fn unknown() -> Self {
        Self { bounds: Bounds::default(), static_objects: None, bulk_delete: None }
    }

    fn read(info: &Value) -> Self {
        let number = |part: &str, name: &str| info.get(part).and_then(|part| part.get(name)).and_then(Value::as_u64);
        let bounds = Bounds {
            object: number("swift", "max_file_size").filter(|size| *size > 0).unwrap_or(limits::OBJECT_SIZE),
            least: number("slo", "min_segment_size").unwrap_or(1),
            // At least two, so that manifests of manifests make progress.
            segments: number("slo", "max_manifest_segments").unwrap_or(MANIFEST_SEGMENTS).max(2),
        };
        let says = info.as_object().is_some_and(|info| info.contains_key("swift"));
        Self {
            bounds,
            static_objects: says.then(|| info.get("slo").is_some()),
            bulk_delete: number("bulk_delete", "max_deletes_per_request")
                .and_then(|most| usize::try_from(most).ok())
                .filter(|most| *most > 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_are_read_where_they_are() {
        let cluster = Cluster::read(&json!({
            "swift": {"max_file_size": 1000},
            "slo": {"max_manifest_segments": 7, "min_segment_size": 10},
            "bulk_delete": {"max_deletes_per_request": 5},
        }));
        assert_eq!(cluster.bounds, Bounds { object: 1000, least: 10, segments: 7 });
        assert_eq!((cluster.static_objects, cluster.bulk_delete), (Some(true), Some(5)));
        let without = Cluster::read(&json!({"swift": {}}));
        assert_eq!((without.static_objects, without.bulk_delete), (Some(false), None));
        assert_eq!(without.bounds.object, limits::OBJECT_SIZE);
        assert_eq!(Cluster::read(&json!([])).static_objects, None);
    }
}

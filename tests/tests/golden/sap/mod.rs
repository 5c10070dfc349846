//! Virtual servers for SAP: XML and forms out, XML in.

mod images;
mod networks;
mod projects;
mod servers;

use k5::sap::Task;

const FORM: &str = "content-type: application/x-www-form-urlencoded";

/// What a task of [`TASK`](crate::fixtures::sap::TASK) is.
fn is_the_task(task: &Task) {
    assert_eq!((task.id.as_str(), task.status.as_str()), ("tsk-1", "waiting"));
}

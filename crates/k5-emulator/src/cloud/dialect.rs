//! How a service other than Keystone and Swift differs from the rest before and after an operation.

use super::{Call, Cloud, Fail, Outcome, bad_request, no_such_path};
use crate::reply::Reply;
use crate::request::Request;
use crate::routes::{Parameters, Sent};

pub(crate) trait Dialect: Sync {
    fn cloud(&self) -> &Cloud;

    /// Gives an outcome the shape that this service's answers and errors have. The request is the one that was answered.
    fn finish(&self, outcome: Outcome, request: &Request) -> Reply;

    /// Checks before every operation.
    fn check(&self, _call: &Call<'_>) -> Outcome<()> {
        Ok(())
    }

    /// The refusal of a path that is not an operation, or not with this method.
    fn no_such_path(&self, wrong_method: bool, _request: &Request) -> Fail {
        no_such_path(wrong_method)
    }

    /// The refusal of a body that belongs to no operation of its path.
    fn no_such_body(&self, _sent: &Sent, _request: &Request) -> Fail {
        bad_request("The body does not belong to any operation of this path.")
    }

    /// The call of an operation, if it may be made.
    fn call<'r>(&self, parameters: Parameters<'r>, request: &'r mut Request) -> Outcome<Call<'r>> {
        let call = self.cloud().call(parameters, request)?;
        self.check(&call)?;
        Ok(call)
    }

    /// The answer to a path that is not an operation.
    fn unknown(&self, wrong_method: bool, request: &Request) -> Reply {
        let refused = self.cloud().caller(request).and_then(|_| Err(self.no_such_path(wrong_method, request)));
        self.finish(refused, request)
    }
}

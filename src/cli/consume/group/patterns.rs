//! Patterns that no topic matches: most often a mistake, which nothing else would tell.

use crate::cli::context::Context;
use crate::client::Engine;
use crate::error::Result;
use crate::group::Subscription;

/// Says which patterns match no topic that is there. It is no error: topics may come, and a pattern is how to ask for them
/// before they do.
pub(in crate::cli::consume) fn tell_unmatched(
    subscription: &Subscription,
    engine: &dyn Engine,
    context: &Context,
) -> Result<()> {
    if !subscription.has_patterns() {
        return Ok(());
    }
    let topics = engine.topics()?;
    for pattern in subscription.unmatched(&topics) {
        context.note(&format!(
            "no topic matches '{pattern}', which stands for a whole name"
        ));
    }
    Ok(())
}

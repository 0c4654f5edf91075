//! Children start with the signals of a foreground job, however the tests themselves were started: a shell's background
//! job has SIGINT ignored, `nohup` SIGHUP, and every child would inherit that.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag;

/// To be called before the first child is started. A signal that has a handler is not ignored, and is back to its
/// default once another program runs; the handler itself does here what the default would.
pub(crate) fn leave_background() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [SIGINT, SIGQUIT, SIGTERM, SIGHUP] {
            flag::register_conditional_default(signal, Arc::new(AtomicBool::new(true)))
                .expect("a handler");
        }
    });
}

//! The wish of the user, or of the machine, that a run end.

/// Returns once the process is asked to end: by Ctrl-C, or by SIGTERM, as build servers do it. Where the operating
/// system does not tell, it never returns.
pub async fn interrupted() {
    tokio::select! {
        () = by_terminal() => {}
        () = by_termination() => {}
    }
}

async fn by_terminal() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
async fn by_termination() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut signal) => {
            signal.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn by_termination() {
    std::future::pending().await
}

//! A good server that keeps what it was sent, read by h2: what reads it shares no code with what wrote it.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;

use bytes::Bytes;
use http::{HeaderMap, Response};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) authority: String,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Request {
    /// Every value of a field.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let values = self.headers.get_all(name).iter();
        values
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .collect()
    }
}

/// A running witness, which ends when it is dropped.
pub(super) struct Witness {
    /// `127.0.0.1:PORT`; empty on a unix socket.
    pub(super) address: String,
    requests: Arc<Mutex<Vec<Request>>>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Witness {
    pub(super) fn tcp() -> Self {
        Self::start(None)
    }

    pub(super) fn unix(path: &str) -> Self {
        Self::start(Some(path.to_owned()))
    }

    fn start(socket: Option<String>) -> Self {
        let (tell, told) = mpsc::channel();
        let (_stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&requests);
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            let serve = async move {
                if let Some(socket) = socket {
                    let listener = UnixListener::bind(socket).unwrap();
                    tell.send(String::new()).unwrap();
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(connection(stream, Arc::clone(&kept)));
                    }
                } else {
                    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                    tell.send(listener.local_addr().unwrap().to_string())
                        .unwrap();
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(connection(stream, Arc::clone(&kept)));
                    }
                }
            };
            runtime.block_on(async move {
                tokio::select! {
                    () = serve => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address: told.recv().unwrap(),
            requests,
            _stop,
        }
    }

    /// The URL of the stage's method here.
    pub(super) fn url(&self) -> String {
        format!("http://{}/{}", self.address, super::METHOD)
    }

    /// The only request that came.
    pub(super) fn request(&self) -> Request {
        let requests = self.requests.lock().unwrap();
        assert_eq!(requests.len(), 1);
        requests[0].clone()
    }
}

async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin, kept: Arc<Mutex<Vec<Request>>>) {
    let mut connection = h2::server::handshake(stream).await.unwrap();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let kept = Arc::clone(&kept);
        // The connection has to be polled on while a body is read.
        tokio::spawn(async move {
            let (head, mut stream) = request.into_parts();
            let mut body = Vec::new();
            while let Some(Ok(part)) = stream.data().await {
                let _ = stream.flow_control().release_capacity(part.len());
                body.extend(part);
            }
            kept.lock().unwrap().push(Request {
                authority: head
                    .uri
                    .authority()
                    .map_or_else(String::new, ToString::to_string),
                path: head.uri.path_and_query().unwrap().to_string(),
                headers: head.headers,
                body,
            });
            let response = Response::builder().header("content-type", "application/grpc");
            let mut send = respond
                .send_response(response.body(()).unwrap(), false)
                .unwrap();
            send.send_data(Bytes::from_static(b"\0\0\0\0\x04\x0a\x02hi"), false)
                .unwrap();
            let trailers =
                HeaderMap::from_iter([("grpc-status".parse().unwrap(), "0".parse().unwrap())]);
            send.send_trailers(trailers).unwrap();
        });
    }
}

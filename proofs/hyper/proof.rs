//! An HTTP/2 server of hyper that pings its clients, and one that it no longer reaches.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};
use std::thread;
use std::time::Duration;

use hyper::service::{make_service_fn, service_fn};
use hyper::{Body, Client, Request, Response, Server};
use netns_test::{Claim, Host, Result, netns_test};
use tokio::runtime::Runtime;

const SECOND: Duration = Duration::from_secs(1);

async fn answer(_: Request<Body>) -> Result<Response<Body>, Infallible> {
    Ok(Response::new(Body::empty()))
}

fn serve(listener: TcpListener) {
    Runtime::new().unwrap().block_on(async {
        let server = Server::from_tcp(listener).unwrap().http2_only(true);
        let server = server.http2_keep_alive_interval(SECOND).http2_keep_alive_timeout(SECOND);
        let service = make_service_fn(|_| async { Ok::<_, Infallible>(service_fn(answer)) });
        server.serve(service).await.unwrap();
    });
}

/// A request, after which the connection is kept for the next one.
fn ask(server: SocketAddr) {
    Runtime::new().unwrap().block_on(async {
        let client = Client::builder().http2_only(true).build_http::<Body>();
        client.get(format!("http://{server}/").parse().unwrap()).await.unwrap();
        std::future::pending::<()>().await;
    });
}

#[netns_test]
fn a_client_that_was_lost_is_dropped(server: Host, client: Host) -> Result {
    let listener = server.run(|| TcpListener::bind("0.0.0.0:80"))?;
    server.run(|| thread::spawn(|| serve(listener)));
    let addr = server.addr(80);
    client.run(|| thread::spawn(move || ask(addr)));
    server.wait_for_established(&client, 1, 5 * SECOND)?;
    let clients = || server.established(&client);
    Claim::new("a client that answers pings is kept")
        .consistently(3 * SECOND, || clients().is_ok_and(|clients| clients == 1))?;
    let block = client.block(&server)?;
    Claim::new("the server drops the client")
        .since(block.in_effect_at())
        .eventually(15 * SECOND, || clients().is_ok_and(|clients| clients == 0))?;
    Ok(())
}

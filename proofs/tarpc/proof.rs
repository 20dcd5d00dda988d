//! tarpc's calls and their deadlines in an outage, with requests that the transport takes and others that it does not.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use netns_test::{Claim, Host, Result, netns_test};
use tarpc::server::{BaseChannel, Channel};
use tarpc::tokio_serde::formats::Json;
use tarpc::{
    client::{self, RpcError},
    context,
    serde_transport::tcp,
};

const SECOND: Duration = Duration::from_secs(1);

#[tarpc::service]
trait Store {
    async fn put(data: String) -> usize;
}

#[derive(Clone)]
struct Disk;

impl Store for Disk {
    async fn put(self, _: context::Context, data: String) -> usize {
        data.len()
    }
}

#[netns_test]
#[case::failing(1 << 20)]
#[case::avoiding(10)]
async fn a_call_ends_at_its_deadline(server: Host, client: Host, #[case] bytes: usize) -> Result {
    let mut listener = server.spawn(tcp::listen("0.0.0.0:80", Json::default)).await?;
    server
        .spawn(async move {
            let transport = listener.next().await.unwrap().unwrap();
            BaseChannel::with_defaults(transport).execute(Disk.serve()).for_each(|call| call).await;
        })
        .detach();
    let addr = server.addr(80);
    let store = client
        .spawn(async move {
            let transport = tcp::connect(addr, Json::default).await.unwrap();
            StoreClient::new(client::Config::default(), transport).spawn()
        })
        .await;
    let data = "x".repeat(bytes);
    store.put(context::current(), data.clone()).await?;
    let _block = client.block(&server)?;
    for _ in 0..4 {
        let mut context = context::current();
        context.deadline = Instant::now() + SECOND;
        Claim::new("the call ends")
            .eventually_async(10 * SECOND, async || {
                matches!(store.put(context, data.clone()).await, Err(RpcError::DeadlineExceeded))
            })
            .await?;
    }
    Ok(())
}

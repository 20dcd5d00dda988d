//! A pool of sqlx' that is given back a connection which a router on the way has forgotten.

use std::fs;
use std::time::Duration;

use netns_test::{Claim, Folder, Host, Policy, Process, Program, Result, netns_test};
use sqlx::Postgres;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};

const SECOND: Duration = Duration::from_secs(1);

/// A server that trusts everybody, with its files in `folder`.
async fn postgres(server: &Host, folder: &Folder) -> Result<Process> {
    let program = |name| Program::new(format!("/usr/lib/postgresql/15/bin/{name}"));
    let make = program("initdb").args(["-D", "data", "--auth=trust", "--no-sync"]);
    let make = server.start(make.in_folder(folder).user("postgres"))?;
    assert!(make.wait_within_async(60 * SECOND).await?.success(), "{}", make.output());
    fs::write(folder.path().join("data/pg_hba.conf"), "host all all all trust\n")?;
    let serve = program("postgres").args(["-D", "data", "-c", "listen_addresses=*"]);
    let serve = serve.args(["-c", "unix_socket_directories=", "-c", "fsync=off"]);
    let postgres = server.start(serve.in_folder(folder).user("postgres"))?;
    postgres.wait_for_port_async(5432).await?;
    Ok(postgres)
}

#[netns_test(timeout = "2m")]
#[case::failing(drop)]
#[case::avoiding(|conn| drop(conn.detach()))]
async fn the_pool_works_again(
    server: Host,
    client: Host,
    #[case] give_back: fn(PoolConnection<Postgres>),
) -> Result {
    let folder = Folder::new()?;
    let _postgres = postgres(&server, &folder).await?;
    let options = PgConnectOptions::new_without_pgpass().host("server").username("postgres");
    let options = options.ssl_mode(PgSslMode::Disable);
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(2 * SECOND);
    let pool = client.spawn(pool.connect_with(options)).await?;
    let conn = pool.acquire().await?;
    // New connections pass.
    let _forgotten = client.block_with(&server, Policy::drop().existing_flows())?;
    client.spawn(async move { give_back(conn) }).await;
    let acquire = async || {
        let pool = pool.clone();
        client.spawn(async move { pool.acquire().await.map(drop) }).await
    };
    Claim::new("the pool gives out a connection").eventually_async(15 * SECOND, acquire).await?;
    Ok(())
}

//! Real servers in a host, by the lines of the documentation (`netns_test::daemons`), as root and as
//! an ordinary user. They are dialled from another host, and are what they claim to be.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use netns_test::{Connection, Folder, Host, Process, Program, Result, eventually, netns_test};

/// For what writes a database first, on a busy machine.
const LONG: Duration = Duration::from_secs(60);
const SOON: Duration = Duration::from_secs(10);

/// Sends a line and reads one.
fn ask(conn: &mut Connection, line: &str) -> Result<String> {
    conn.send(line.as_bytes())?;
    Ok(String::from_utf8_lossy(&conn.recv()?).into_owned())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program redis-server"]
fn redis_keeps_what_it_was_told_when_it_is_started_again(server: Host, client: Host) -> Result {
    let data = Folder::new()?;
    let redis = Program::new("redis-server")
        .args(["--port", "6379", "--protected-mode", "no"])
        .args(["--appendonly", "yes", "--appendfsync", "always"]);
    let redis = server.start(redis.in_folder(&data))?;
    redis.wait_for_port(6379)?;
    let mut conn = client.connect(server.addr(6379))?;
    assert_eq!(ask(&mut conn, "SET key value\r\n")?, "+OK\r\n");

    redis.kill()?;
    redis.restart()?;
    redis.wait_for_port(6379)?;
    let mut conn = client.connect(server.addr(6379))?;
    let loaded =
        || Ok::<_, netns_test::Failure>(ask(&mut conn, "GET key\r\n")? == "$5\r\nvalue\r\n");
    eventually(SOON, loaded)?;
    assert!(redis.stop(SOON)?.success());
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program redis-server"]
fn redis_as_a_daemon_is_killed_as_well(server: Host, client: Host) -> Result {
    let data = Folder::new()?;
    let redis = Program::new("redis-server").args(["--protected-mode", "no", "--daemonize", "yes"]);
    let redis = server.start(redis.in_folder(&data))?;
    redis.wait_for_port(6379)?;
    assert!(redis.wait()?.success() && redis.is_running());
    client.connect(server.addr(6379))?;
    redis.kill()?;
    assert!(client.connect(server.addr(6379)).is_err());
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nats-server"]
fn nats_answers(server: Host, client: Host) -> Result {
    let nats = Program::new("nats-server").args(["--addr", "0.0.0.0", "--port", "4222"]);
    let nats = server.start(nats)?;
    nats.wait_for_port(4222)?;
    let mut conn = client.connect(server.addr(4222))?;
    assert!(conn.recv()?.starts_with(b"INFO {"));
    assert!(ask(&mut conn, "CONNECT {\"verbose\":false}\r\nPING\r\n")?.contains("PONG\r\n"));
    Ok(())
}

/// As its own user: as root it would want to become that one by itself.
#[netns_test]
#[ignore = "NOT RUN: needs the program mosquitto"]
fn mosquitto_answers(server: Host, client: Host) -> Result {
    let folder = Folder::new()?;
    let configuration = "listener 1883\nallow_anonymous true\n";
    fs::write(folder.path().join("mosquitto.conf"), configuration)?;
    let broker = Program::new("mosquitto").args(["-c", "mosquitto.conf"]);
    let broker = server.start(broker.in_folder(&folder).user("mosquitto"))?;
    broker.wait_for_port(1883)?;
    let mut conn = client.connect(server.addr(1883))?;
    // CONNECT as client "t", version 3.1.1; CONNACK says that it is accepted.
    conn.send(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x3c\x00\x01t")?;
    assert_eq!(conn.recv()?, b"\x20\x02\x00\x00");
    Ok(())
}

/// Where Debian, Fedora and others have it, each in its own folder.
fn postgres(program: &str) -> Program {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    let found =
        folders.into_iter().rev().map(|folder| folder.join(program)).find(|one| one.exists());
    Program::new(found.unwrap_or_else(|| program.into()))
}

fn start_postgres(server: &Host, folder: &Folder) -> Result<Process> {
    let make = postgres("initdb").args(["-D", "data", "--auth=trust", "--no-sync"]);
    let make = server.start(make.in_folder(folder).user("postgres"))?;
    assert!(make.wait_within(LONG)?.success(), "{}", make.output());
    let access = folder.path().join("data/pg_hba.conf");
    fs::write(access, "local all all trust\nhost all all all trust\n")?;
    let serve = postgres("postgres").args(["-D", "data", "-c", "listen_addresses=*"]).args([
        "-c",
        "unix_socket_directories=",
        "-c",
        "fsync=off",
    ]);
    let process = server.start(serve.in_folder(folder).user("postgres"))?;
    process.wait_for_port(5432)?;
    Ok(process)
}

/// One test for root and for an ordinary user.
#[netns_test(timeout = "2m")]
#[ignore = "NOT RUN: needs the program postgres"]
fn postgres_answers(server: Host, client: Host) -> Result {
    let folder = Folder::new()?;
    let process = start_postgres(&server, &folder)?;
    let query = ["-h", "server", "-U", "postgres", "-Atc", "select 6 * 7"];
    let answer = || client.exec("psql", query).is_ok_and(|answer| answer == "42\n");
    eventually(SOON, answer)?;
    // A smart shutdown, which is what SIGTERM asks for.
    assert!(process.stop(LONG)?.success());
    Ok(())
}

/// What it is there for: a database that has stopped, whose kernel has not.
#[netns_test(timeout = "2m")]
#[ignore = "NOT RUN: needs the program postgres"]
fn a_frozen_postgres_accepts_and_does_not_answer(server: Host, client: Host) -> Result {
    let folder = Folder::new()?;
    let process = start_postgres(&server, &folder)?;
    let freeze = process.freeze()?;
    let mut conn = client.connect(server.addr(5432))?;
    // SSLRequest: any server answers by one letter.
    conn.send(&[0, 0, 0, 8, 4, 210, 22, 47])?;
    conn.set_deadline(Duration::from_millis(200));
    assert!(conn.recv().is_err());
    freeze.thaw()?;
    conn.set_deadline(SOON);
    assert_eq!(conn.recv()?.len(), 1);
    Ok(())
}

//! A mail of lettre with a timeout, in an outage.

use std::io;
use std::time::Duration;

use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use netns_test::{Claim, Host, Result, netns_test};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::time::timeout;

const SECOND: Duration = Duration::from_secs(1);

/// A mail server that takes everything (RFC 5321).
async fn serve(listener: TcpListener) -> io::Result<()> {
    let (stream, _) = listener.accept().await?;
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 mail\r\n").await?;
    let (mut line, mut in_data) = (String::new(), false);
    while stream.read_line(&mut line).await? > 0 {
        in_data = if in_data { line != ".\r\n" } else { line == "DATA\r\n" };
        match (in_data, line.as_str()) {
            (true, "DATA\r\n") => stream.write_all(b"354 go on\r\n").await?,
            (true, _) => {}
            (false, _) => stream.write_all(b"250 fine\r\n").await?,
        }
        line.clear();
    }
    Ok(())
}

#[netns_test]
#[case::failing(Duration::MAX)]
#[case::avoiding(SECOND)]
async fn a_mail_ends_by_its_timeout(
    server: Host,
    client: Host,
    #[case] of_caller: Duration,
) -> Result {
    let listener = server.spawn(TcpListener::bind("0.0.0.0:25")).await?;
    server.spawn(serve(listener)).detach();
    let address = server.ipv4().to_string();
    let mailer = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(address);
    let mailer = mailer.timeout(Some(SECOND)).build();
    let mail = Message::builder().from("a@example.org".parse()?).to("b@example.org".parse()?);
    let mail = mail.body(String::from("are you alive?"))?;
    let send = async || {
        let (mailer, mail) = (mailer.clone(), mail.clone());
        client.spawn(async move { timeout(of_caller, mailer.send(mail)).await }).await
    };
    send().await??;
    let _block = client.block(&server)?;
    let ends = async || {
        let _ = send().await;
        true
    };
    Claim::new("the mail ends").eventually_async(SECOND * 10, ends).await?;
    Ok(())
}

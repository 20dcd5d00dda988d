//! A mail of lettre with a timeout, in an outage: by its async transport, and by its blocking one.

use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, SmtpTransport, Tokio1Executor, Transport,
};
use netns_test::{Claim, Host, Result, netns_test};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

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

#[derive(Clone)]
enum Mailer {
    Async(AsyncSmtpTransport<Tokio1Executor>),
    Blocking(SmtpTransport),
}

impl Mailer {
    fn of_async(server: String) -> Self {
        let mailer = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server);
        Self::Async(mailer.timeout(Some(SECOND)).build())
    }

    fn of_blocking(server: String) -> Self {
        Self::Blocking(SmtpTransport::builder_dangerous(server).timeout(Some(SECOND)).build())
    }

    async fn send(self, mail: Message) -> Result<(), Error> {
        match self {
            Self::Async(mailer) => mailer.send(mail).await.map(drop),
            Self::Blocking(mailer) => {
                let sent = spawn_blocking(move || mailer.send(&mail).map(drop));
                sent.await.expect("it does not panic")
            }
        }
    }
}

#[netns_test]
#[case::failing(Mailer::of_async)]
#[case::avoiding(Mailer::of_blocking)]
async fn a_mail_ends_by_its_timeout(
    server: Host,
    client: Host,
    #[case] mailer: fn(String) -> Mailer,
) -> Result {
    let listener = server.spawn(TcpListener::bind("0.0.0.0:25")).await?;
    server.spawn(serve(listener)).detach();
    let mailer = mailer(server.ipv4().to_string());
    let mail = Message::builder().from("a@example.org".parse()?).to("b@example.org".parse()?);
    let mail = mail.body(String::from("are you alive?"))?;
    client.spawn(mailer.clone().send(mail.clone())).await?;
    let _block = client.block(&server)?;
    let ends = async || {
        let sent = client.spawn(mailer.clone().send(mail.clone())).await;
        sent.is_err_and(|error| error.is_timeout())
    };
    Claim::new("the mail ends").eventually_async(SECOND * 10, ends).await?;
    Ok(())
}

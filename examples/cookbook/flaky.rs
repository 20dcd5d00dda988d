use std::net::{SocketAddr, UdpSocket};
use std::{io, time::Duration};

use netns_test::{Host, Impairment, Loss, Result, netns_test};

/// The code under test: asks again when no answer comes, more and more patiently, and accepts only the
/// answer to this question.
fn ask(socket: &UdpSocket, server: SocketAddr, question: u8) -> io::Result<u8> {
    for attempt in 1..=20 {
        socket.set_read_timeout(Some(Duration::from_millis(10 * attempt)))?;
        socket.send_to(&[question], server)?;
        let mut answer = [0];
        while socket.recv(&mut answer).is_ok() {
            if answer == [question] {
                return Ok(answer[0]);
            }
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

#[netns_test]
#[case::loses(Impairment::new().loss(0.2))]
#[case::loses_in_bursts(Impairment::new().loss(Loss::gemodel(0.2, 0.5)))]
#[case::doubles_and_reorders(Impairment::delay(Duration::from_millis(5)).duplicate(0.3).reorder(0.3))]
fn each_question_is_answered(server: Host, client: Host, #[case] link: Impairment) -> Result {
    let echo = server.run(|| UdpSocket::bind("0.0.0.0:7000"))?;
    std::thread::spawn(move || {
        let mut question = [0];
        while let Ok((_, from)) = echo.recv_from(&mut question) {
            let _ = echo.send_to(&question, from);
        }
    });
    let wire = client.impair(&server, link)?;
    let socket = client.run(|| UdpSocket::bind("0.0.0.0:0"))?;
    for question in 0..50 {
        assert_eq!(ask(&socket, server.addr(7000), question)?, question);
    }
    assert!(wire.counts().lost + wire.counts().doubled > 0, "it was really hit: {wire}");
    Ok(())
}

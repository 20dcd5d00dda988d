//! `TCP_INFO` printed like `ss -ti`: the same names in the same order, without values that are zero.

use std::fmt::Display;
use std::time::Duration;

use super::tcp_info::TcpInfo;
use crate::TcpState;

/// All that `ss` would print of it that is not a rate.
pub(crate) fn line(info: &TcpInfo, congestion: Option<&str>) -> String {
    let mut words = options(info);
    words.extend(congestion.map(str::to_owned));
    words.extend(timing(info));
    words.extend(sizes(info));
    words.extend(totals(info));
    words.extend(outstanding(info));
    words.join(" ")
}

fn options(info: &TcpInfo) -> Vec<String> {
    // TCPI_OPT_* of linux/tcp.h; 4 is the one that has numbers.
    let all = [(1, "ts"), (2, "sack"), (8, "ecn"), (16, "ecnseen"), (32, "fastopen")];
    let has = |bit: u8| info.options & bit != 0;
    all.into_iter().filter(|(bit, _)| has(*bit)).map(|(_, word)| word.to_owned()).collect()
}

fn timing(info: &TcpInfo) -> Vec<String> {
    let mut words = Vec::new();
    if info.options & 4 != 0 {
        let (low, high) = (info.wscale & 0xf, info.wscale >> 4);
        let (ours, theirs) = if cfg!(target_endian = "little") { (low, high) } else { (high, low) };
        words.push(format!("wscale:{ours},{theirs}"));
    }
    // Three seconds is what a socket has that has sent nothing yet.
    if info.rto != Duration::from_secs(3) {
        words.extend(time("rto", info.rto));
    }
    words.extend(number("backoff", info.backoff));
    if info.rtt != Duration::ZERO {
        words.push(format!("rtt:{}/{}", millis(info.rtt), millis(info.rttvar)));
    }
    words.extend(time("ato", info.ato));
    words
}

fn sizes(info: &TcpInfo) -> Vec<String> {
    // As `ss` does: it grows without a limit as long as it is huge.
    let ssthresh = if info.ssthresh < 0xffff { info.ssthresh } else { 0 };
    [
        number("mss", info.mss),
        number("pmtu", info.pmtu),
        number("rcvmss", info.rcvmss),
        number("advmss", info.advmss),
        number("cwnd", info.cwnd),
        number("ssthresh", ssthresh),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn totals(info: &TcpInfo) -> Vec<String> {
    [
        number("bytes_sent", info.bytes_sent),
        number("bytes_retrans", info.bytes_retrans),
        number("bytes_acked", info.bytes_acked),
        number("bytes_received", info.bytes_received),
        number("segs_out", info.segs_out),
        number("segs_in", info.segs_in),
        number("data_segs_out", info.data_segs_out),
        number("data_segs_in", info.data_segs_in),
        time("lastsnd", info.lastsnd),
        time("lastrcv", info.lastrcv),
        time("lastack", info.lastack),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn outstanding(info: &TcpInfo) -> Vec<String> {
    // Of a listener these two are its backlog, which has columns of its own.
    let of_segments = |count| if info.state == TcpState::Listen { 0 } else { count };
    let repeated = info.retrans > 0 || info.total_retrans > 0;
    [
        number("unacked", of_segments(info.unacked)),
        repeated.then(|| format!("retrans:{}/{}", info.retrans, info.total_retrans)),
        number("lost", info.lost),
        number("sacked", of_segments(info.sacked)),
        number("rcv_space", info.rcv_space),
        number("notsent", info.notsent),
        time("minrtt", info.minrtt),
        number("snd_wnd", info.snd_wnd),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn number<N: Display + Default + PartialEq>(word: &str, number: N) -> Option<String> {
    (number != N::default()).then(|| format!("{word}:{number}"))
}

fn time(word: &str, time: Duration) -> Option<String> {
    (time != Duration::ZERO).then(|| format!("{word}:{}", millis(time)))
}

/// Milliseconds with six digits that count, as C's `%g` has.
fn millis(time: Duration) -> String {
    let whole = time.as_millis().to_string().len();
    let text = format!("{:.*}", 6_usize.saturating_sub(whole), time.as_secs_f64() * 1e3);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_digits_that_ss_prints() {
        for (micros, said) in
            [(204_000, "204"), (30, "0.03"), (15, "0.015"), (1_234_567, "1234.57"), (500, "0.5")]
        {
            assert_eq!(millis(Duration::from_micros(micros)), said);
        }
    }

    #[test]
    fn the_words_are_those_of_ss_in_its_order() {
        let mut bytes = vec![0; 280];
        bytes[0] = 1;
        bytes[4] = 3;
        bytes[5] = 7;
        bytes[6] = 0x77;
        for (at, number) in
            [(8, 1_632_000_u32), (16, 1448), (24, 1), (32, 1), (36, 1), (68, 30), (72, 15), (80, 1)]
        {
            bytes[at..at + 4].copy_from_slice(&number.to_ne_bytes());
        }
        bytes[100..104].copy_from_slice(&3_u32.to_ne_bytes());
        bytes[144..148].copy_from_slice(&10_u32.to_ne_bytes());
        let info = TcpInfo::parse(&bytes).expect("ESTAB is a state");
        assert_eq!(
            line(&info, Some("cubic")),
            "ts sack cubic wscale:7,7 rto:1632 backoff:3 rtt:0.03/0.015 mss:1448 cwnd:1 unacked:1 \
             retrans:1/3 lost:1 notsent:10"
        );
    }
}

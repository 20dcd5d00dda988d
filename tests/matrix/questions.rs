//! What is measured and counted of several questions, which are answered exactly as told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use netns_test::matrix::{Expect, Fault, Matrix, Questions, Trial};
use netns_test::{Failure, Process, Result, netns_test, take_panics};

use super::support::echo;
use super::{LIMIT, errors, ms, quick};

/// What happens to the code under test, which faults change and questions read: how often there was a
/// fault, and whether there is one.
#[derive(Default)]
struct Code {
    begun: AtomicUsize,
    ended: AtomicUsize,
}

impl Code {
    fn is_hit(&self) -> bool {
        self.begun.load(Ordering::SeqCst) > self.ended.load(Ordering::SeqCst)
    }

    fn was_hit(&self) -> bool {
        self.begun.load(Ordering::SeqCst) > 0
    }
}

fn questions() -> Questions<Code> {
    Questions::of(|_| Ok(Code::default()))
}

fn hit(name: &str) -> Fault {
    Fault::new(name, |trial: &Trial| {
        let code = trial.get::<Code>().ok_or_else(|| Failure::new("nothing was started"))?;
        code.begun.fetch_add(1, Ordering::SeqCst);
        Ok(move || {
            code.ended.fetch_add(1, Ordering::SeqCst);
            Ok(())
        })
    })
}

/// Who leads: another one from the first fault on.
fn leader(code: &Code) -> Option<&'static str> {
    Some(if code.was_hit() { "b" } else { "a" })
}

fn asking(questions: Questions<Code>) -> Matrix {
    quick(Matrix::asking(questions)).recovers_within(LIMIT).no_false_alarm_for(ms(10))
}

#[netns_test]
fn each_question_has_its_own_expectation_and_times() -> Result {
    let questions = questions()
        .ask("who leads", leader)
        .ask("takes writes", |code| !code.is_hit())
        .always("is there", |_| true);
    let fault = hit("hit").expects("who leads", Expect::Moved);
    let table = asking(questions).against([fault, Fault::nothing()]).run()?;
    let row = table.row("hit")?;
    let [who, writes, there] = row.answers() else { panic!("three: {row:?}") };
    assert_eq!((who.question(), who.expected()), ("who leads", Expect::Moved));
    // An outage that says nothing of a question is to lose it.
    assert_eq!((writes.question(), writes.expected()), ("takes writes", Expect::Lost));
    assert!(there.is_always() && there.expected() == Expect::Kept);
    assert!(row.answers().iter().all(|answers| answers.as_expected() == 2), "{table}");
    assert_eq!((writes.detection().count(), writes.recovery().count()), (2, 2));
    assert_eq!(
        who.said()[0].iter().filter_map(|said| said.word()).collect::<Vec<_>>(),
        ["a", "b", "b"]
    );
    let nothing = table.row("nothing")?.answers_to("takes writes")?;
    assert_eq!((nothing.expected(), nothing.as_expected()), (Expect::Kept, 2));
    let unknown = row.answers_to("who follows").expect_err("there is none").to_string();
    assert!(
        unknown.ends_with("the questions are `who leads`, `takes writes`, `is there`"),
        "{unknown}"
    );
    Ok(())
}

#[netns_test]
fn what_is_not_as_expected_is_said_of_its_question() -> Result {
    let table = asking(questions().ask("who leads", leader).ask("stays", |_| true))
        .against([
            hit("kept").expects("who leads", Expect::Kept).expects("stays", Expect::Kept),
            hit("lost"),
            hit("moved").expects("who leads", Expect::Moved).expects("stays", Expect::Moved),
            hit("regained")
                .expects("who leads", Expect::Regained)
                .expects("stays", Expect::Regained),
            hit("optional").optional(),
        ])
        .measure()?;
    let broken: Vec<_> = table.rows().iter().map(|row| row.broken().join("; ")).collect();
    let lost = "`who leads`: 2 of 2 not lost within 100ms; `stays`: 2 of 2 not lost within 100ms";
    let moved = "`stays`: 2 of 2 not moved within 100ms";
    assert_eq!(broken, ["`who leads`: 2 of 2 not kept", lost, moved, "", ""]);
    let text = table.to_string();
    assert!(text.contains("kept 0 of 2") && text.contains(moved), "{text}");
    Ok(())
}

#[netns_test]
fn an_answer_counts_once_it_has_stood() -> Result {
    // Well and not well by turns, from the fault on: it is never lost for as long as it is to be.
    let flapping = questions().ask("is well", |code| {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        !code.was_hit() || ASKED.fetch_add(1, Ordering::SeqCst).is_multiple_of(2)
    });
    let matrix = asking(flapping).no_false_alarm_for(ms(50)).recovers_within(ms(100));
    let table = matrix.against([hit("hit")]).measure()?;
    let broken = table.row("hit")?.broken();
    let told = ["not lost within 100ms", "not well within 100ms after it"];
    assert_eq!(broken, told.map(|what| format!("`is well`: 2 of 2 {what}")));
    Ok(())
}

#[netns_test]
fn what_is_regained_is_well_while_the_fault_lasts() -> Result {
    let questions = questions().ask("takes writes", |code| {
        static LOST: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        !code.was_hit() || LOST.get_or_init(Instant::now).elapsed() > ms(60)
    });
    let fault = hit("hit").expects("takes writes", Expect::Regained);
    let table = asking(questions).detects_within(LIMIT).against([fault]).run()?;
    let answers = table.row("hit")?.answers_to("takes writes")?;
    // It began to be lost at the first question after the fault.
    assert!(answers.detection().min() >= Some(ms(60)), "{answers:?}");
    Ok(())
}

#[netns_test]
fn an_invariant_is_watched_in_each_row_and_a_limit_may_be_a_questions_own() -> Result {
    let slow = |code: &Code| {
        if code.is_hit() {
            std::thread::park_timeout(ms(150));
        }
        !code.is_hit()
    };
    // It is broken for a moment, while another question is waited for.
    let questions =
        questions().ask_within("slow", Duration::from_secs(1), slow).always("never two", |code| {
            static HIT: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
            let since = code.is_hit().then(|| HIT.get_or_init(Instant::now).elapsed());
            since.is_none_or(|since| since <= ms(100))
        });
    let table = asking(questions).against([hit("hit"), Fault::nothing()]).detects_within(ms(20));
    let table = table.trials(1).measure()?;
    assert_eq!(table.row("hit")?.broken(), ["`never two`: 1 of 1 not well all the time"]);
    // The slow one had its own limit, or it would not have been seen to be lost.
    assert_eq!(table.row("hit")?.answers_to("slow")?.as_expected(), 1);
    assert!(table.row("nothing")?.is_ok());
    assert!(table.to_string().ends_with("`slow` within 1s"), "{table}");
    Ok(())
}

#[netns_test]
fn an_alarm_before_the_fault_and_one_after_a_short_fault_are_said() -> Result {
    let questions = questions().ask("is well", |code| {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        let asked = ASKED.fetch_add(1, Ordering::SeqCst);
        // It has been well for more than the quiet time by then.
        code.was_hit() || asked != 30
    });
    let matrix = asking(questions).no_false_alarm_for(ms(100)).against([Fault::nothing()]);
    assert_eq!(matrix.measure()?.row("nothing")?.answers()[0].false_alarms(), 2);
    let late = self::questions().ask("is well", |code| {
        let ended = code.ended.load(Ordering::SeqCst);
        ended == 0 || code.ended.fetch_add(1, Ordering::SeqCst) != 2
    });
    let table = asking(late).against([hit("short").harmless_for(ms(5))]).measure()?;
    assert_eq!(table.row("short")?.broken(), ["`is well`: 2 of 2 not kept"]);
    Ok(())
}

#[netns_test]
fn a_question_that_panics_fails_the_trial() -> Result {
    let matrix = asking(questions().ask("fine", |_| true).ask("odd", |code| {
        assert!(!code.is_hit(), "it was hit");
        true
    }));
    let told = errors(matrix.trials(1).against([hit("hit")]).measure());
    assert_eq!(told, ["`hit`, trial 1: panicked: it was hit"]);
    assert_eq!(take_panics().len(), 1);
    Ok(())
}

#[netns_test]
fn a_question_that_is_never_well_fails_the_trial() -> Result {
    let matrix = asking(questions().ask("well", |_| false)).starts_within(ms(50)).trials(1);
    let told = errors(matrix.against([Fault::nothing()]).measure());
    assert_eq!(told, ["`nothing`, trial 1: `well` was not answered well for 10ms, within 50ms"]);
    Ok(())
}

#[netns_test(timeout = "5m")]
fn a_fault_of_a_process_befalls_the_host_that_is_chosen() -> Result {
    /// Keeps the processes.
    struct Nodes(Vec<Process>);
    let questions = Questions::of(|trial| {
        let mut nodes = Vec::new();
        for host in trial.net().all_hosts() {
            nodes.push(host.start_fn(echo::node, 7000)?);
            trial.set_process(&nodes[nodes.len() - 1]);
        }
        Ok(Nodes(nodes))
    });
    let running = |name: &'static str| {
        move |nodes: &Nodes| {
            nodes.0.iter().any(|node| node.host().name() == name && node.is_running())
        }
    };
    let questions = questions.ask("a", running("a")).ask("b", running("b")).ask("c", running("c"));
    let at_c = |trial: &Trial| Ok(trial.net().host("c")?);
    let kept = |fault: Fault| fault.expects("a", Expect::Kept).expects("b", Expect::Kept);
    let matrix = quick(Matrix::asking(questions)).host_names(["a", "b", "c"]).trials(1);
    let table = matrix
        .against([
            kept(Fault::killed().at(at_c)),
            kept(Fault::frozen().at(at_c)).named("harmless").harmless(),
        ])
        .recovers_within(Duration::from_secs(10))
        .run()?;
    assert_eq!(table.row("killed")?.answers_to("c")?.as_expected(), 1, "{table}");
    assert_eq!(table.rows()[1].measured(), 1, "it applied");
    Ok(())
}

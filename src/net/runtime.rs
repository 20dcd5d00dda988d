use std::fmt;
use std::future::{Future, poll_fn};
use std::io;
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, EnterGuard, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::driver::{drives_runtime, driving};
use super::host::Host;
use super::namespace::enter;
use super::threads::runtime_thread;
use crate::Error;
use crate::sandbox::{attended, carry_on, fail_now, refused};

/// A tokio runtime whose threads are all in one host.
///
/// A current-thread runtime on a thread of its own: a namespace belongs to a thread, and a task
/// must not find itself elsewhere after an `await`.
pub(super) struct HostRuntime {
    handle: Handle,
    /// Dropping it ends the runtime.
    _stop: oneshot::Sender<()>,
}

impl HostRuntime {
    pub(super) fn start(host: &str, namespace: &Arc<OwnedFd>) -> io::Result<Self> {
        let (stop, stopped) = oneshot::channel();
        let (ready, handle) = std::sync::mpsc::sync_channel(1);
        let namespace = Arc::clone(namespace);
        let run = move || {
            let runtime = enter(&namespace).and_then(|()| build(namespace));
            let runtime = match runtime {
                Ok(runtime) => runtime,
                Err(error) => return drop(ready.send(Err(error))),
            };
            drop(ready.send(Ok(runtime.handle().clone())));
            // An error says that the other end was dropped, which is the signal.
            let _ = driving(|| runtime.block_on(stopped));
            runtime.shutdown_background();
        };
        let started = thread::Builder::new().name(runtime_thread(host)).spawn(run);
        let handle = started.and_then(|_| handle.recv().map_err(io::Error::other)?);
        Ok(Self { handle: handle?, _stop: stop })
    }

    pub(super) fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }
}

/// How long a runtime may take to come to the end of what a task does between two `await`s.
const PATIENCE: Duration = Duration::from_secs(2);

/// A runtime whose thread does nothing. Dropping it has the runtime go on.
pub(crate) struct Parked(Sender<()>);

impl Parked {
    /// Leaves it so until the test ends.
    pub(crate) fn keep(self) {
        std::mem::forget(self.0);
    }
}

impl Host {
    /// Has the thread of the host's runtime do nothing, and returns when it does.
    ///
    /// A task that blocks it is enough: it has one thread alone.
    pub(crate) fn park_runtime(&self) -> Result<Parked, Error> {
        let (parks, parked) = channel();
        let (release, released) = channel::<()>();
        // Of a host whose runtime did not run, what is spawned meanwhile is not to run either.
        let handle = &self.runtime().handle;
        handle.spawn(async move {
            // If nobody waits any more, the other end is gone as well, and this ends at once.
            let _ = parks.send(());
            let _ = released.recv();
        });
        match parked.recv_timeout(PATIENCE) {
            Ok(()) => Ok(Parked(release)),
            Err(_) => {
                let cause = format!("a task has not reached an `await` within {PATIENCE:?}");
                Err(Error::new(format!("stop the tokio runtime of `{}`", self.name()), cause))
            }
        }
    }
}

fn build(namespace: Arc<OwnedFd>) -> io::Result<tokio::runtime::Runtime> {
    let blocking = move || {
        if let Err(error) = enter(&namespace) {
            eprintln!("netns-test: a thread for blocking work cannot enter its host: {error}");
            std::process::abort();
        }
    };
    Builder::new_current_thread().enable_all().on_thread_start(blocking).build()
}

/// A future that knows when it is being polled.
async fn driven<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    poll_fn(|context| driving(|| future.as_mut().poll(context))).await
}

/// Runs the future of an `async` test on its own tokio runtime, outside all hosts.
///
/// A runtime that cannot be made fails the test. It is no panic, which might be the expected one.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    drive(Builder::new_current_thread(), future)
}

/// The same on a runtime of several threads: as many as there are processors, if no number is given.
pub fn block_on_threads<T>(threads: Option<usize>, future: impl Future<Output = T>) -> T {
    let mut builder = Builder::new_multi_thread();
    if let Some(threads) = threads {
        builder.worker_threads(threads);
    }
    drive(builder, future)
}

fn drive<T>(mut builder: Builder, future: impl Future<Output = T>) -> T {
    let runtime = match builder.enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => fail_now(refused("start the test's tokio runtime", error).to_string()),
    };
    let value = runtime.block_on(driven(future));
    // Blocking work that still runs must not keep the test from its verdict.
    runtime.shutdown_background();
    value
}

impl Host {
    /// Runs a future inside the host, on the host's own tokio runtime.
    ///
    /// Everything that the future opens, spawns or resolves happens in the host. It starts at
    /// once, whether the [`Task`] is awaited, kept or dropped.
    ///
    /// A panic in the future fails the test: through the `Task` if it is awaited or joined, otherwise at
    /// the end of the test. So does a panic in a task that the future spawns itself.
    ///
    /// # Panics
    ///
    /// If the host's runtime cannot be started.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    /// use tokio::net::TcpListener;
    ///
    /// #[netns_test]
    /// async fn a_service_answers(server: Host, client: Host) -> Result {
    ///     let service = server.spawn(async { TcpListener::bind("0.0.0.0:80").await });
    ///     let listener = service.await?;
    ///     let mut conn = client.connect_async((server.ipv4(), 80)).await?;
    ///     let (_accepted, peer) = listener.accept().await?;
    ///     assert_eq!(peer.ip(), client.ipv4());
    ///     conn.send(b"hello").await?;
    ///     Ok(())
    /// }
    /// ```
    #[doc(alias = "tokio")]
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> Task<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let mut future = Box::pin(future);
        let steps = poll_fn(move |context| attended(|| future.as_mut().poll(context)));
        Task { handle: self.runtime().handle.spawn(steps), aborts_on_drop: false }
    }
}

impl Host {
    /// Runs a future inside the host, on the caller's task. The future may borrow.
    ///
    /// This is [`run`](Self::run) for a future: while it is polled, this thread is inside the host,
    /// and whatever it opens belongs to the host for good. It is polled in the context of the host's tokio
    /// runtime, which drives its sockets and timers, and whatever it spawns runs in the host. For a future
    /// that runs on its own, use [`spawn`](Self::spawn).
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    /// use tokio::net::TcpStream;
    ///
    /// #[netns_test]
    /// async fn a_client_dials(server: Host, client: Host) -> Result {
    ///     let listener = server.listen_async(80).await?;
    ///     let (name, to) = (String::from("client"), listener.addr());
    ///     let dial = client.run_async(async { (&name, TcpStream::connect(to).await) });
    ///     let (name, stream) = dial.await;
    ///     assert_eq!((name.as_str(), stream?.local_addr()?.ip()), ("client", client.ipv4().into()));
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Panics
    ///
    /// If the future panics. The thread leaves the host first.
    pub async fn run_async<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = pin!(future);
        poll_fn(|context| self.run(|| future.as_mut().poll(context))).await
    }
}

/// A future that runs inside a host.
///
/// Awaiting it returns the future's output, or panics as the future did. Dropping it detaches it, as
/// dropping tokio's `JoinHandle` does: the future runs on, and its output is lost. To end the task with
/// its handle, use [`abort_on_drop`](Self::abort_on_drop).
///
/// A panic of the future fails the test in any case, unless the test takes it
/// ([`take_panics`](crate::take_panics)).
///
/// ```no_run
/// # use netns_test::*;
/// # async fn t(server: Host, client: Host) -> Result {
/// let listener = server.listen_async(7000).await?;
/// let addr = listener.addr();
/// let echo = server.spawn(async move {
///     let mut conn = listener.accept().await?;
///     let bytes = conn.recv().await?;
///     conn.send(&bytes).await
/// });
/// let mut conn = client.connect_async(addr).await?;
/// conn.send(b"hello").await?;
/// assert_eq!(conn.recv().await?, b"hello");
/// echo.await?;                                            // a panic of it would be ours
/// # Ok(()) }
/// ```
pub struct Task<T> {
    handle: JoinHandle<T>,
    aborts_on_drop: bool,
}

impl<T> Task<T> {
    /// Waits for the output, in a test that is not async.
    ///
    /// # Panics
    ///
    /// If the future panicked or was aborted; and inside a tokio runtime, where the wait would
    /// block other tasks: await the task there.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # fn t(server: Host, client: Host) -> Result {
    /// let answer = server.spawn(async { 6 * 7 });
    /// assert_eq!(answer.join(), 42);
    /// # drop(client);
    /// # Ok(()) }
    /// ```
    #[track_caller]
    pub fn join(self) -> T {
        if drives_runtime() {
            panic!(
                "cannot join a task in async code: it would block the runtime\n\
                 help: await the task"
            );
        }
        let runtime = Builder::new_current_thread().build();
        match runtime {
            Ok(runtime) => runtime.block_on(self),
            Err(error) => panic!("cannot wait for a task: {error}"),
        }
    }

    /// Whether the future has ended, normally or by a panic.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # async fn t(server: Host, client: Host) -> Result {
    /// let worker = client.spawn(async { /* the code under test */ });
    /// eventually_async(Duration::from_secs(2), async || worker.is_finished()).await?;
    /// # drop(server);
    /// # Ok(()) }
    /// ```
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// Cancels the future at its next `await`.
    ///
    /// ```no_run
    /// # use netns_test::*;
    /// # use std::time::Duration;
    /// # fn t(server: Host, client: Host) -> Result {
    /// // A client that crashes: its sockets close with it.
    /// let agent = client.spawn(std::future::pending::<()>());
    /// agent.abort();
    /// eventually(Duration::from_secs(2), || server.established(&client).map(|n| n == 0))?;
    /// # Ok(()) }
    /// ```
    pub fn abort(&self) {
        self.handle.abort();
    }

    /// Aborts the future when this handle is dropped: for a service that lives as long as a scope.
    ///
    /// ```no_run
    /// use netns_test::{Host, Result, netns_test};
    /// use tokio::net::TcpListener;
    ///
    /// #[netns_test]
    /// async fn the_port_is_free_again(server: Host, client: Host) -> Result {
    ///     let listener = server.run(|| std::net::TcpListener::bind("0.0.0.0:80"))?;
    ///     listener.set_nonblocking(true)?;
    ///     let service = server.spawn(async move {
    ///         let listener = TcpListener::from_std(listener).expect("it does not block");
    ///         while listener.accept().await.is_ok() {}
    ///     });
    ///     let service = service.abort_on_drop();
    ///     client.connect_async((server.ipv4(), 80)).await?;
    ///     drop(service);
    ///     Ok(())
    /// }
    /// ```
    #[must_use = "the future is aborted when the handle is dropped, which is now"]
    pub fn abort_on_drop(mut self) -> Self {
        self.aborts_on_drop = true;
        self
    }

    /// Lets the future run on without this handle, even after [`abort_on_drop`](Self::abort_on_drop).
    pub fn detach(mut self) {
        self.aborts_on_drop = false;
    }
}

impl<T> Drop for Task<T> {
    fn drop(&mut self) {
        if self.aborts_on_drop {
            self.handle.abort();
        }
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task")
            .field("id", &self.handle.id())
            .field("is_finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.handle).poll(context).map(|result| match result {
            Ok(value) => value,
            Err(error) if error.is_panic() => carry_on(error.into_panic()),
            Err(error) => panic!("the task of a host ended without a result: {error}"),
        })
    }
}

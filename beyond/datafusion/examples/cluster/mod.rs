//! The processes of a cluster: what each of them does, and how they are started on one machine.

use crate::Outcome;
use ballista_executor::executor_process::{ExecutorProcessConfig, start_executor_process};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::start_server;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use k5::Cloud;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

/// An environment that finds any container of the cloud which this process's environment names. All queries share it, and so its
/// login and its connections.
async fn environment() -> Outcome<Arc<RuntimeEnv>> {
    let containers = k5_datafusion::Containers::new(Cloud::from_env().await?.object_storage());
    Ok(RuntimeEnvBuilder::new().with_object_store_registry(Arc::new(containers)).build_arc()?)
}

/// Plans queries and hands their parts out, until its standard input ends; `ready` once that many executors have come.
pub(crate) async fn scheduler(address: SocketAddr, executors: usize) -> Outcome {
    let env = environment().await?;
    let config = SchedulerConfig {
        bind_host: address.ip().to_string(),
        bind_port: address.port(),
        external_host: address.ip().to_string(),
        min_ready_executors: executors,
        override_session_builder: Some(Arc::new(move |config| {
            Ok(SessionStateBuilder::new().with_config(config).with_runtime_env(env.clone()).with_default_features().build())
        })),
        ..SchedulerConfig::default()
    };
    let cluster = BallistaCluster::new_from_config(&config).await?;
    tokio::select! {
        served = start_server(cluster, address, Arc::new(config)) => Ok(served?),
        () = orphaned() => Ok(()),
    }
}

/// Carries parts of queries out, until its standard input ends; says then how much it has read.
pub(crate) async fn executor(scheduler: SocketAddr, address: &str, flight: u16, grpc: u16) -> Outcome {
    let env = environment().await?;
    let config = ExecutorProcessConfig {
        bind_host: address.to_owned(),
        external_host: Some(address.to_owned()),
        port: flight,
        grpc_port: grpc,
        scheduler_host: scheduler.ip().to_string(),
        scheduler_port: scheduler.port(),
        scheduler_connect_timeout_seconds: 30,
        vcores: 1,
        override_runtime_producer: Some(Arc::new(move |_| Ok(env.clone()))),
        ..ExecutorProcessConfig::default()
    };
    tokio::select! {
        served = start_executor_process(Arc::new(config)) => Ok(served?),
        () = orphaned() => Ok(()),
    }
}

/// Whoever started this process has ended, or says that it is to end.
async fn orphaned() {
    let _ = tokio::io::stdin().read_to_end(&mut Vec::new()).await;
}

/// A scheduler and its executors on loopback. They end with this value, and if this process is killed.
pub(crate) struct Cluster {
    address: SocketAddr,
    processes: Vec<Child>,
}

impl Cluster {
    /// Starts this program once more for each process, and waits until all executors have reported to the scheduler. `variables` lead to
    /// the cloud, besides those of this process.
    pub(crate) async fn start(executors: usize, variables: &[(&'static str, String)]) -> Outcome<Self> {
        let ports = free_ports(1 + 2 * executors)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, ports[0]));
        let mut cluster = Self { address, processes: Vec::new() };
        cluster.launch(&["scheduler", &address.to_string(), &executors.to_string()], variables)?;
        for ports in ports[1..].chunks(2) {
            let [flight, grpc] = [ports[0].to_string(), ports[1].to_string()];
            cluster.launch(&["executor", &address.to_string(), &address.ip().to_string(), &flight, &grpc], variables)?;
        }
        cluster.wait().await?;
        Ok(cluster)
    }

    fn launch(&mut self, arguments: &[&str], variables: &[(&'static str, String)]) -> Outcome {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(arguments).envs(variables.iter().cloned()).stdin(Stdio::piped()).kill_on_drop(true);
        self.processes.push(command.spawn()?);
        Ok(())
    }

    /// The scheduler says so when the executors are there.
    async fn wait(&mut self) -> Outcome {
        let start = Instant::now();
        while !self.is_ready().await {
            for process in &mut self.processes {
                if let Some(status) = process.try_wait()? {
                    return Err(format!("a process of the cluster has ended while it was starting: {status}").into());
                }
            }
            if start.elapsed() > Duration::from_secs(60) {
                return Err("the executors have not reported to the scheduler within 60 s".into());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    async fn is_ready(&self) -> bool {
        let answer = async {
            let mut stream = tokio::net::TcpStream::connect(self.address).await?;
            stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: scheduler\r\nConnection: close\r\n\r\n").await?;
            let mut status = String::new();
            BufReader::new(stream).read_line(&mut status).await?;
            std::io::Result::Ok(status)
        };
        answer.await.is_ok_and(|status| status.contains(" 200 "))
    }

    /// Where a client finds the scheduler.
    pub(crate) fn url(&self) -> String {
        format!("df://{}", self.address)
    }

    /// Asks all processes to end, and waits until they have.
    pub(crate) async fn stop(mut self) -> Outcome {
        for process in &mut self.processes {
            drop(process.stdin.take());
        }
        for process in &mut self.processes {
            process.wait().await?;
        }
        Ok(())
    }
}

/// Ports of loopback that nobody has at this moment.
fn free_ports(count: usize) -> Outcome<Vec<u16>> {
    let listeners: Vec<_> = (0..count).map(|_| std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect::<Result<_, _>>()?;
    Ok(listeners
        .iter()
        .map(std::net::TcpListener::local_addr)
        .collect::<Result<Vec<_>, _>>()?
        .iter()
        .map(SocketAddr::port)
        .collect())
}

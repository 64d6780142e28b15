import Engine
import Execution
import Logging
import Server
import ServiceLifecycle
import UnixSignals
import Values

/// Looks at the files of certificates: at SIGHUP, and every ten seconds whether they have changed.
struct CertificateWatch: Service {
    private static let pause = Duration.seconds(10)
    /// Between two warnings that a certificate ends soon.
    private static let looks = 8_640

    /// Empty: in the clear; SIGHUP ends nothing then, either.
    let keepers: [TLSKeeper]
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await hear() }
                group.addTask { await look() }
                await group.waitForAll()
            }
        }
    }

    private func hear() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup) {
            if keepers.isEmpty { logger.notice("SIGHUP: there is nothing to read anew") }
            renew(isForced: true)
        }
    }

    private func look() async {
        while true {
            for keeper in keepers { warn(keeper.standing) }
            for _ in 0..<Self.looks {
                guard (try? await Task.sleep(for: Self.pause)) != nil else { return }
                renew(isForced: false)
            }
        }
    }

    private func renew(isForced: Bool) {
        for keeper in keepers {
            switch keeper.renew(now: WallClock.wallTime(), isForced: isForced) {
            case .unchanged: break
            case .renewed(let standing):
                logger.notice(
                    "the certificate was read anew: new connections get it",
                    metadata: ["expires": "\(standing.expires.rfc3339)"])
                warn(standing)
            case .kept(let standing):
                logger.error(
                    "the certificate's files changed and cannot be used: new connections get the one before",
                    metadata: [
                        "reason": "\(standing.fault?.message ?? "")",
                        "fix": "\(standing.fault?.fix ?? "")",
                        "expires": "\(standing.expires.rfc3339)",
                    ])
            }
        }
    }

    private func warn(_ standing: TLSKeeper.Standing) {
        guard standing.fault == nil, standing.isAmiss(at: WallClock.wallTime()) else { return }
        logger.warning(
            "the certificate ends soon",
            metadata: [
                "expires": "\(standing.expires.rfc3339)",
                "fix": "have it renewed and put it in its file; nothing has to be started again",
            ])
    }
}

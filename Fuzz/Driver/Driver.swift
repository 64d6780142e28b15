import Dispatch
import FuzzEntries

// libFuzzer over the entries: `pawl-fuzz <target> [libFuzzer's options and corpus folders]`, or
// `pawl-fuzz <target> --run FILE …` for single inputs. `make fuzz` runs each for a while.

@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// libFuzzer's callback takes no context.
private nonisolated(unsafe) var target = FuzzTarget.json

@main
enum Driver {
    static func main() {
        let name = CommandLine.arguments.dropFirst().first ?? ""
        guard let chosen = FuzzTarget(rawValue: name) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " | ")
            print("usage: pawl-fuzz \(names) [option …] [folder …]")
            return
        }
        target = chosen
        // The target's name is ours; what follows is libFuzzer's.
        var arguments = CommandLine.unsafeArgv + 1
        arguments[0] = CommandLine.unsafeArgv[0]
        var count = CommandLine.argc - 1
        _ = withUnsafeMutablePointer(to: &arguments) { pointer in
            runFuzzer(&count, pointer) { bytes, size in
                Driver.take(Array(UnsafeBufferPointer(start: bytes, count: size)))
                return 0
            }
        }
    }

    /// A failure ends the process, so that libFuzzer keeps the input.
    private static func take(_ bytes: [UInt8]) {
        let isDone = DispatchSemaphore(value: 0)
        let target = target
        Task.detached {
            do throws(FuzzFailure) {
                try await target.run(bytes)
            } catch {
                fatalError("\(target.rawValue): \(error)")
            }
            isDone.signal()
        }
        isDone.wait()
    }
}

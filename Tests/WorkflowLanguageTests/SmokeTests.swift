import Testing
@testable import WorkflowLanguage
import Foundation

@Test func exampleParses() throws {
    let dir = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    let w = try String(contentsOf: dir.appending(path: "workflows/order.yaml"), encoding: .utf8)
    let p = WorkflowLanguage.parseWorkflow(w, file: "order.yaml")
    for d in p.diagnostics { print(d.rendered(source: w)) }
    #expect(p.value != nil)
    let a = try String(contentsOf: dir.appending(path: "adapters/bank.yaml"), encoding: .utf8)
    let q = WorkflowLanguage.parseAdapter(a, file: "bank.yaml")
    for d in q.diagnostics { print(d.rendered(source: a)) }
    #expect(q.value != nil)
    if let d = p.value, let m = q.value {
        for x in WorkflowLanguage.check([d], adapters: [m]) { print(x.headline) }
    }
}

import Foundation
import Testing

/// `pawl diagram`, as a shell sees it.
@Suite(.serialized) struct Diagrams {
    @Test func aWorkflowIsDrawnByItsNameOrItsFile() async throws {
        try await withFolder { folder in
            try write(lamp, folder + "/workflows/lamp/workflow.yaml")
            func pawl(_ words: String...) throws -> Finished {
                try RunningPawl(["diagram"] + words, in: folder).finish()
            }
            let drawn = try pawl("lamp")
            #expect(drawn.status == 0 && drawn.output.hasPrefix("<svg xmlns="))
            #expect(drawn.output == (try pawl("workflows/lamp/workflow.yaml").output))
            #expect(drawn.output == (try pawl("workflows/lamp").output))
            #expect(try pawl("lamp", "-o", "mermaid").output.contains("stateDiagram-v2"))
            #expect(try pawl("lamp", "-o", "dot").output.hasPrefix("digraph \"lamp\" {"))
            let table = try pawl("lamp", "-o", "table").output.split(separator: "\n")
            #expect(table.first?.hasPrefix("FROM") == true && table.count > 2)
            #expect(try pawl("lamp", "--out", "lamp.svg").output.isEmpty)
            let file = try String(contentsOfFile: folder + "/lamp.svg", encoding: .utf8)
            #expect(file == drawn.output)

            let unknown = try pawl("lmp")
            #expect(unknown.status == 3 && unknown.errors.contains("fix: did you mean lamp?"))
            #expect(try pawl("no/such.yaml").status == 3)
            let nowhere = try pawl("lamp", "--out", "nowhere/lamp.svg")
            #expect(nowhere.status == 3 && nowhere.errors.contains("cannot be written"))
            try write("workflow: broken\n", folder + "/broken.yaml")
            let broken = try pawl("broken.yaml")
            #expect(broken.status == 1 && broken.errors.contains("broken.yaml:1"))
            #expect(try pawl("lamp", "-o", "png").status == 64)
        }
    }
}

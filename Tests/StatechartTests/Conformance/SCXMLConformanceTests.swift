import Foundation
import Testing

/// The W3C's implementation report for SCXML 1.0, read from the folder `PAWL_SHARED` where that is set.
///
/// Class A are the documents that use only what our charts have. A document passes when its chart, built
/// from the `conf:` originals, ends in `pass`.
@Suite struct SCXMLConformanceTests {
    static let classA = [
        "144", "147", "148", "149", "158", "159", "175", "176", "179", "185", "186", "187", "189",
        "191", "192", "193", "194", "200", "205", "207", "208", "220", "228", "232", "235", "236",
        "237", "243", "247", "252", "277", "286", "287", "294", "298", "309", "310", "311", "312",
        "313", "314", "318", "319", "330", "331", "333", "339", "343", "344", "347", "348", "351",
        "355", "364", "372", "375", "376", "377", "378", "387", "388", "396", "399", "401", "402",
        "403a", "403b", "403c", "404", "405", "406", "407", "409", "411", "412", "413", "416",
        "417", "419", "421", "422", "423", "436", "451", "487", "488", "495", "503", "504", "505",
        "506", "527", "528", "529", "533", "560", "562", "570", "576", "578", "580",
    ]

    @Test func classAOfTheW3CsReport() throws {
        guard let shared = ProcessInfo.processInfo.environment["PAWL_SHARED"] else {
            print("SCXML IRP class A: skipped, PAWL_SHARED is not set")
            return
        }
        let folder = shared + "/conformance/scxml"
        let listed = try documents(of: folder)
        #expect(Self.classA.filter { !listed.contains("test\($0).txml") } == [])
        let failures = Self.classA.compactMap { failure(of: $0, in: folder) }
        print("SCXML IRP class A: \(Self.classA.count - failures.count)/\(Self.classA.count)")
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        #expect(Set(Self.classA).count == 101)
    }

    /// The files that the manifest names.
    private func documents(of folder: String) throws -> Set<String> {
        let manifest = try XMLNode(parsing: try read(folder + "/manifest.xml"))
        let paths = manifest.elements.filter { $0.name == "start" }.compactMap { $0["uri"] }
        return Set(paths.compactMap { $0.split(separator: "/").last.map { String($0) } })
    }

    private func read(_ path: String) throws -> Data {
        try #require(FileManager.default.contents(atPath: path), "\(path) is missing")
    }

    /// What is wrong with one document, or nil.
    private func failure(of name: String, in folder: String) -> String? {
        do {
            let document = try XMLNode(parsing: try read("\(folder)/irp/test\(name).txml"))
            let chart = try ImportedChart(importing: try ConformanceTable.resolve(document))
            let ending = SCXMLWorld.run(chart)
            return ending == .final("pass") ? nil : "test \(name): \(ending)"
        } catch {
            return "test \(name): \(error)"
        }
    }
}

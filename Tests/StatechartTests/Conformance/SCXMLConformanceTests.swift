import Foundation
import Testing

/// The W3C's implementation report for SCXML 1.0, read from the folder `PAWL_SHARED` where that is set
/// (docs/decisions/0063-scxml-conformance.md).
///
/// A document passes when its chart, built from the `conf:` originals, ends in `pass`.
@Suite struct SCXMLConformanceTests {
    /// Only what our charts have.
    private static let classA = [
        "144", "147", "148", "149", "158", "159", "175", "176", "179", "185", "186", "187", "189",
        "191", "192", "193", "194", "200", "205", "207", "208", "220", "228", "232", "235", "236",
        "237", "243", "247", "252", "277", "286", "287", "294", "298", "309", "310", "311", "312",
        "313", "314", "318", "319", "330", "331", "333", "339", "343", "344", "347", "348", "351",
        "355", "364", "372", "375", "376", "377", "378", "387", "388", "396", "399", "401", "402",
        "403a", "403b", "403c", "404", "405", "406", "407", "409", "411", "412", "413", "416",
        "417", "419", "421", "422", "423", "436", "451", "487", "488", "495", "503", "504", "505",
        "506", "527", "528", "529", "533", "560", "562", "570", "576", "578", "580",
    ]

    /// What the language does not say and the importer brings: loops, addresses, invocations of documents.
    private static let classB = [
        "150", "151", "152", "153", "155", "156", "172", "173", "174", "183", "190", "198", "199",
        "210", "215", "216", "223", "224", "225", "226", "229", "233", "234", "239", "240", "241",
        "242", "244", "245", "253", "276", "278", "279", "280", "321", "322", "323", "324", "325",
        "326", "329", "332", "335", "336", "337", "338", "342", "346", "349", "350", "352", "354",
        "448", "457", "496", "500", "501", "521", "525", "530", "550", "551", "552", "553", "554",
        "558", "579",
    ]

    /// What a data model has to give words of its own to. The rest of this class is in `SCXMLByHandTests`.
    private static let classC = ["288", "302", "303", "304"]

    @Test func theW3CsReport() throws {
        guard let report = SCXMLReport.shared else {
            print("SCXML IRP: skipped, PAWL_SHARED is not set")
            return
        }
        let mandatory = try report.mandatory()
        #expect(mandatory.count == 161)
        var failures: [String] = []
        var passed = 0
        var figures: [String] = []
        for (name, documents) in [("A", Self.classA), ("B", Self.classB), ("C", Self.classC)] {
            let failed = documents.filter { name in
                report.failure(of: name).map { failures.append($0) } != nil
            }
            let counted = documents.filter(mandatory.contains)
            let good = counted.count { !failed.contains($0) }
            passed += good
            figures.append("class \(name) \(good)/\(counted.count)")
            let further = documents.count - counted.count
            if further > 0 {
                let good = further - failed.count { !mandatory.contains($0) }
                figures.append("and \(good)/\(further) that are not")
            }
        }
        print(
            "SCXML IRP: \(passed)/161 mandatory and automatic (\(figures.joined(separator: ", ")))")
        #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
        #expect(passed == 161)
    }
}

/// The W3C's documents and their list.
struct SCXMLReport {
    let documents: SCXMLDocuments

    /// nil: there are none on this machine.
    static var shared: SCXMLReport? {
        ProcessInfo.processInfo.environment["PAWL_SHARED"].map {
            SCXMLReport(documents: SCXMLDocuments(folder: $0 + "/conformance/scxml"))
        }
    }

    /// The numbers of the documents that each implementation must pass without a person who looks on.
    func mandatory() throws -> [String] {
        let path = "\(documents.folder)/manifest.xml"
        let data = try #require(FileManager.default.contents(atPath: path), "\(path) is missing")
        let tests = try XMLNode(parsing: data).elements.filter {
            $0.name == "test" && $0["conformance"] == "mandatory" && $0["manual"] == "false"
        }
        return tests.flatMap { $0.children(named: "start") }.compactMap { start in
            start["uri"]?.split(separator: "/").last?.dropFirst(4).split(separator: ".").first
                .map { String($0) }
        }
    }

    func chart(of number: String) throws -> ImportedChart {
        try documents.chart(of: "test\(number).txml")
    }

    /// What is wrong with one document, or nil.
    func failure(of number: String) -> String? {
        do {
            let ending = SCXMLWorld.run(try chart(of: number), among: documents)
            return ending == .final("pass") ? nil : "test \(number): \(ending)"
        } catch {
            return "test \(number): \(error)"
        }
    }
}

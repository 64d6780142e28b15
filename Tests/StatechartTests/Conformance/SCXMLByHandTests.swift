import Foundation
import Testing

/// Rules of SCXML in documents of our own: those that the W3C asks for in ECMAScript only, each with the number of its test,
/// and what the importer and the world do besides. They need no folder.
@Suite struct SCXMLByHandTests {
    /// Runs a document whose states are these; `pass` and `fail` are there.
    private func ending(_ states: String, _ attributes: String = "") throws -> SCXMLWorld.Ending {
        let document = """
            <scxml version="1.0" \(attributes)>\(states)<final id="pass"/><final id="fail"/></scxml>
            """
        return SCXMLWorld.run(
            try ImportedChart(importing: try XMLNode(parsing: Data(document.utf8))))
    }

    /// A state that executes this and passes if the condition holds.
    private func passes(_ condition: String, data: String = "", after content: String = "") throws
        -> Bool
    {
        let states = """
            <datamodel>\(data)</datamodel>
            <state id="a"><onentry>\(content)</onentry>
            <transition cond="\(condition)" target="pass"/><transition target="fail"/></state>
            """
        return try ending(states) == .final("pass")
    }

    @Test("445") func dataWithoutAValueIsNull() throws {
        #expect(try passes("context.n == null", data: "<data id='n'/>"))
    }

    @Test("446") func jsonInsideOfDataIsAStructure() throws {
        let data = "<data id='n'>{&quot;a&quot;: [1, 2]}</data>"
        #expect(try passes("context.n.a[1] == 2", data: data))
    }

    @Test("452") func aMemberIsSetWithTheWhole() throws {
        let content = "<assign location='n' expr=\"{'a': context.n.a, 'b': 2}\"/>"
        #expect(
            try passes(
                "context.n == {'a': 1, 'b': 2}", data: "<data id='n' expr=\"{'a': 1}\"/>",
                after: content))
    }

    @Test("456") func contentChangesDataWhereItStands() throws {
        let content = "<assign location='n' expr='context.n + 1'/>"
        #expect(
            try passes(
                "context.n == 3", data: "<data id='n' expr='1'/>", after: content + content))
    }

    @Test("459") func aLoopGoesFromTheFirstToTheLast() throws {
        let content = """
            <foreach array="['a', 'b', 'c']" item="word" index="place">
            <assign location="n" expr="context.n + [context.word, string(context.place)]"/>
            </foreach>
            """
        #expect(
            try passes(
                "context.n == ['a', '0', 'b', '1', 'c', '2']", data: "<data id='n' expr='[]'/>",
                after: content))
    }

    @Test("460") func aLoopGoesThroughACopy() throws {
        let content = """
            <foreach array="context.n" item="x">
            <assign location="n" expr="context.n + [context.x]"/></foreach>
            """
        #expect(
            try passes(
                "context.n == [1, 2, 1, 2]", data: "<data id='n' expr='[1, 2]'/>", after: content))
    }

    @Test("569") func theProcessorTellsItsAddress() throws {
        #expect(try passes("_ioprocessors.scxml.location == '#_scxml_' + _sessionid"))
    }

    @Test func aListThatIsTooLongIsAnErrorBeforeTheFirstRound() throws {
        let states = """
            <datamodel><data id="n" expr="0"/></datamodel>
            <state id="a"><onentry><foreach array="[1, 2, 3, 4, 5, 6, 7, 8, 9]" item="x">
            <assign location="n" expr="1"/></foreach></onentry>
            <transition event="error.execution" cond="context.n == 0" target="pass"/>
            <transition event="*" target="fail"/></state>
            """
        #expect(try ending(states) == .final("pass"))
    }

    @Test func dataIsBoundLateOnce() throws {
        let states = """
            <state id="a"><datamodel><data id="n" expr="1"/></datamodel>
            <transition cond="context.n == 1" target="b">
            <assign location="n" expr="2"/></transition>
            <transition cond="context.n == 2" target="pass"/></state>
            <state id="b"><transition target="a"/></state>
            """
        #expect(try ending(states, "binding=\"late\"") == .final("pass"))
    }

    /// An address that means nobody is an error and the block goes on; one that is none ends it.
    @Test(arguments: [("#_nobody", "error.communication", "2"), ("nobody", "error.execution", "1")])
    func anOrderToSendIsJudgedWhereItStands(target: String, error: String, number: String) throws {
        let states = """
            <datamodel><data id="n" expr="1"/></datamodel>
            <state id="a"><onentry><send event="hello" target="\(target)" id="mine"/>
            <assign location="n" expr="2"/></onentry>
            <transition event="\(error)" target="pass"
            cond="context.n == \(number) &amp;&amp; event.sendid == 'mine' &amp;&amp; event.type == 'platform'"/>
            <transition event="*" target="fail"/></state>
            """
        #expect(try ending(states) == .final("pass"))
    }

    @Test func anErrorInFinalizeIsToldAfterTheEvent() throws {
        let states = """
            <datamodel><data id="n" expr="1"/></datamodel>
            <state id="a"><invoke><content><scxml><final id="end"><onentry>
            <send target="#_parent" event="hello"/></onentry></final></scxml></content>
            <finalize><assign location="n" expr="2"/><assign location="nowhere" expr="3"/></finalize>
            </invoke><transition event="hello" cond="context.n == 2" target="b"/></state>
            <state id="b"><transition event="error.execution" target="pass"/>
            <transition event="*" target="fail"/></state>
            """
        #expect(try ending(states) == .final("pass"))
    }

    @Test func aDocumentThatIsNotUnderstoodIsRefused() throws {
        for part in ["<onentry><dance/></onentry>", "<invoke/>", "<transition target='nowhere'/>"] {
            #expect(throws: ImportFailure.self) { try ending("<state id='a'>\(part)</state>") }
        }
    }
}

package struct Scenario: Sendable, Hashable {}
struct ScenarioParser { var reader: Reader; mutating func parse(_ node: YAMLNode) -> Scenario? { nil } }

/// The colours of a picture that stands alone. They are literal: viewers that are no browsers know no custom
/// properties, and would paint everything black.
enum SVGStyle {
    static let standalone =
        rules(light) + "@media (prefers-color-scheme: dark) {" + colours(dark) + "}"
        + forced

    private struct Palette {
        let page: String
        let box: String
        let compound: String
        let region: String
        let border: String
        let ink: String
        let text: String
        let line: String
        let accent: String
        let tint: String
        let completed: String
        let failed: String
        let cancelled: String
        let overdueTint: String
        let blockedTint: String
    }

    private static let light = Palette(
        page: "#ffffff", box: "#ffffff", compound: "#f6f7f9", region: "#eef0f4", border: "#cdd3dd",
        ink: "#1f2430", text: "#5b6475", line: "#7b8496", accent: "#1f5fbf", tint: "#e8f0fc",
        completed: "#19704a", failed: "#b3241b", cancelled: "#855000", overdueTint: "#fbf1dd",
        blockedTint: "#fcedeb")

    private static let dark = Palette(
        page: "#14171d", box: "#1c212a", compound: "#191d24", region: "#1f242d", border: "#3a4250",
        ink: "#e7eaf0", text: "#a3acbc", line: "#8791a3", accent: "#7fb2ff", tint: "#1d2f4d",
        completed: "#6ccb99", failed: "#ff8d82", cancelled: "#eeb45c", overdueTint: "#3a2a0e",
        blockedTint: "#3d1c19")

    private static func rules(_ palette: Palette) -> String {
        ".chart text{font-family:\(Glyphs.fonts)}"
            + ".chart rect,.chart path{stroke-width:1.2}"
            + ".chart .current rect,.chart .taken path{stroke-width:2.4}"
            + ".chart .current .inner{stroke-width:1.2}"
            + ".chart a:focus{outline:none}.chart a:focus>rect{stroke-width:3}"
            + "@media print{.chart{max-width:100%;height:auto}}" + colours(palette)
    }

    private static func colours(_ palette: Palette) -> String {
        """
        .page{fill:\(palette.page)}\
        .chart text{fill:\(palette.text)}\
        .chart .name,.chart .trigger{fill:\(palette.ink)}\
        .chart .note{fill:\(palette.accent)}\
        .chart .edge path{stroke:\(palette.line)}\
        .chart .edge .tip{fill:\(palette.line);stroke:none}\
        .chart .start{fill:\(palette.ink)}\
        .state rect,.history rect,.final rect{fill:\(palette.box);stroke:\(palette.line)}\
        .compound rect{fill:\(palette.compound);stroke:\(palette.border)}\
        .region rect{fill:\(palette.region);stroke:\(palette.border)}\
        .final .inner{fill:none}\
        .completed rect,.within rect{stroke:\(palette.completed)}\
        .failed rect{stroke:\(palette.failed)}\
        .cancelled rect{stroke:\(palette.cancelled)}\
        .visited rect{stroke:\(palette.accent)}\
        .current rect{stroke:\(palette.accent);fill:\(palette.tint)}\
        .overdue rect{stroke:\(palette.cancelled);fill:\(palette.overdueTint)}\
        .blocked rect{stroke:\(palette.failed);fill:\(palette.blockedTint)}\
        .chart .taken>path{stroke:\(palette.accent)}\
        .chart .taken>.tip{fill:\(palette.accent)}\
        .chart .taken .trigger{fill:\(palette.accent)}\
        .chart .start.taken{fill:\(palette.accent)}
        """
    }

    /// Where the reader's own colours are forced on every page.
    private static let forced = """
        @media (forced-colors: active){.chart text{fill:CanvasText}\
        .chart rect{fill:Canvas;stroke:CanvasText}.chart .edge path{stroke:CanvasText}\
        .chart .edge .tip,.chart .start{fill:CanvasText}.chart a text.name{fill:LinkText}\
        .chart .current rect,.chart .taken>path{stroke:Highlight}.chart .taken>.tip{fill:Highlight}}
        """
}

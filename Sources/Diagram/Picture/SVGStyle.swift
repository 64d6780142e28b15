extension Drawing {
    /// The rules for embedded pictures, by the custom properties of the page around them: `--surface`, `--sunken`,
    /// `--canvas`, `--hover`, `--line-2`, `--ink`, `--ink-2`, `--control`, `--act`, `--done`, `--blocked`,
    /// `--blocked-tint`, `--overdue`, `--overdue-tint`.
    package static let styleSheet = SVGStyle.shapes + SVGStyle.colours(.page) + SVGStyle.forced
}

/// How the classes of a picture look.
enum SVGStyle {
    /// Of a picture that stands alone. Its colours are literal: viewers that are no browsers know no custom properties, and
    /// would paint everything black.
    static let standalone =
        shapes + colours(.light) + "@media (prefers-color-scheme: dark){\(colours(.dark))}" + forced

    /// What does not depend on colours: what is current or taken is wider, so that colour is never alone.
    static let shapes = """
        .state-chart text{font-family:\(Glyphs.fonts)}\
        .state-chart rect,.state-chart path{stroke-width:1.2}\
        .state-chart .w2>path{stroke-width:1.8}.state-chart .w3>path{stroke-width:2.6}\
        .state-chart .current>rect,.state-chart .taken>path{stroke-width:2.4}\
        .state-chart .current>.inner{stroke-width:1.2}\
        .state-chart a{text-decoration:none}.state-chart a:focus-visible{outline:none}.state-chart a:focus-visible>rect{stroke-width:3.2}\
        .state-chart a:hover>.t-name{text-decoration:underline}\
        .state-chart .removed>rect,.state-chart .removed>path{stroke-dasharray:3 3}\
        .state-chart .removed text{text-decoration:line-through}\
        .state-chart .added>rect,.state-chart .added>path,.state-chart .changed>rect{stroke-width:2.4}\
        @media print{.state-chart{max-width:100%;height:auto}}
        """

    /// What each class is painted with.
    struct Palette {
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
        let failedTint: String
        let cancelled: String
        let cancelledTint: String

        static let light = Palette(
            page: "#ffffff", box: "#ffffff", compound: "#f6f7f9", region: "#eef0f4",
            border: "#cdd3dd", ink: "#1f2430", text: "#5b6475", line: "#7b8496", accent: "#1f5fbf",
            tint: "#e8f0fc", completed: "#19704a", failed: "#b3241b", failedTint: "#fcedeb",
            cancelled: "#855000", cancelledTint: "#fbf1dd")

        static let dark = Palette(
            page: "#14171d", box: "#1c212a", compound: "#191d24", region: "#1f242d",
            border: "#3a4250", ink: "#e7eaf0", text: "#a3acbc", line: "#8791a3", accent: "#7fb2ff",
            tint: "#1d2f4d", completed: "#6ccb99", failed: "#ff8d82", failedTint: "#3d1c19",
            cancelled: "#eeb45c", cancelledTint: "#3a2a0e")

        static let page = Palette(
            page: "var(--surface)", box: "var(--surface)", compound: "var(--sunken)",
            region: "var(--canvas)", border: "var(--line-2)", ink: "var(--ink)",
            text: "var(--ink-2)", line: "var(--control)", accent: "var(--act)",
            tint: "var(--act-tint, var(--hover))", completed: "var(--done)",
            failed: "var(--blocked)", failedTint: "var(--blocked-tint)",
            cancelled: "var(--overdue)",
            cancelledTint: "var(--overdue-tint)")
    }

    static func colours(_ palette: Palette) -> String {
        """
        .state-chart .page{fill:\(palette.page)}\
        .state-chart text{fill:\(palette.text)}\
        .state-chart .t-name,.state-chart .t-trigger{fill:\(palette.ink)}\
        .state-chart .t-note{fill:\(palette.accent)}\
        .state-chart .edge>path{stroke:\(palette.line)}\
        .state-chart .edge>.tip{fill:\(palette.line);stroke:none}\
        .state-chart .start{fill:\(palette.ink)}\
        .state-chart .state>rect,.state-chart .history>rect,.state-chart .final>rect\
        {fill:\(palette.box);stroke:\(palette.line)}\
        .state-chart .compound>rect{fill:\(palette.compound);stroke:\(palette.border)}\
        .state-chart .region>rect{fill:\(palette.region)}\
        .state-chart .completed>rect,.state-chart .within>rect{stroke:\(palette.completed)}\
        .state-chart .failed>rect{stroke:\(palette.failed)}\
        .state-chart .cancelled>rect{stroke:\(palette.cancelled)}\
        .state-chart .visited>rect{stroke:\(palette.accent)}\
        .state-chart .current>rect{stroke:\(palette.accent);fill:\(palette.tint)}\
        .state-chart .overdue>rect{stroke:\(palette.cancelled);fill:\(palette.cancelledTint)}\
        .state-chart .blocked>rect{stroke:\(palette.failed);fill:\(palette.failedTint)}\
        .state-chart .added>rect,.state-chart .added>path{stroke:\(palette.completed)}\
        .state-chart .removed>rect,.state-chart .removed>path{stroke:\(palette.failed)}\
        .state-chart .changed>rect,.state-chart .changed>path{stroke:\(palette.cancelled)}\
        .state-chart rect.inner{fill:none}\
        .state-chart .taken>path{stroke:\(palette.accent)}\
        .state-chart .taken>.tip{fill:\(palette.accent);stroke:none}\
        .state-chart .taken>.t-trigger{fill:\(palette.accent)}\
        .state-chart .start.taken{fill:\(palette.accent)}
        """
    }

    /// Where the reader's own colours are forced on every page.
    static let forced = """
        @media (forced-colors:active){.state-chart text{fill:CanvasText}\
        .state-chart rect{fill:Canvas;stroke:CanvasText}.state-chart .edge>path{stroke:CanvasText}\
        .state-chart .edge>.tip,.state-chart .start{fill:CanvasText}.state-chart a>.t-name{fill:LinkText}\
        .state-chart .current>rect,.state-chart .taken>path{stroke:Highlight}.state-chart .taken>.tip{fill:Highlight}}
        """
}

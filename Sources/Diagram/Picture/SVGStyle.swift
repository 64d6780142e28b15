extension Drawing {
    /// The rules for embedded pictures, by the custom properties of the page around them: `--surface`, `--sunken`,
    /// `--canvas`, `--line-2`, `--ink`, `--ink-2`, `--control`, `--act`, `--act-tint`, `--done`, `--blocked`,
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
        .diagram text{font-family:\(Glyphs.fonts)}\
        .diagram rect,.diagram path{stroke-width:1.2}\
        .diagram .w2>path{stroke-width:1.8}.diagram .w3>path{stroke-width:2.6}\
        .diagram .current>rect,.diagram .taken>path{stroke-width:2.4}\
        .diagram .current>.inner{stroke-width:1.2}\
        .diagram a{text-decoration:none}.diagram a:focus-visible{outline:none}.diagram a:focus-visible>rect{stroke-width:3.2}\
        .diagram a:hover>.t-name{text-decoration:underline}\
        .diagram .removed>rect,.diagram .removed>path{stroke-dasharray:3 3}\
        .diagram .removed text{text-decoration:line-through}\
        .diagram .added>rect,.diagram .added>path,.diagram .changed>rect{stroke-width:2.4}\
        @media print{.diagram{max-width:100%;height:auto}}
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
            tint: "var(--act-tint)", completed: "var(--done)", failed: "var(--blocked)",
            failedTint: "var(--blocked-tint)", cancelled: "var(--overdue)",
            cancelledTint: "var(--overdue-tint)")
    }

    static func colours(_ palette: Palette) -> String {
        """
        .diagram .page{fill:\(palette.page)}\
        .diagram text{fill:\(palette.text)}\
        .diagram .t-name,.diagram .t-trigger{fill:\(palette.ink)}\
        .diagram .t-note{fill:\(palette.accent)}\
        .diagram .edge>path{stroke:\(palette.line)}\
        .diagram .edge>.tip{fill:\(palette.line);stroke:none}\
        .diagram .start{fill:\(palette.ink)}\
        .diagram .state>rect,.diagram .history>rect,.diagram .final>rect{fill:\(palette.box);stroke:\(palette.line)}\
        .diagram .compound>rect{fill:\(palette.compound);stroke:\(palette.border)}\
        .diagram .region>rect{fill:\(palette.region)}\
        .diagram .completed>rect,.diagram .within>rect{stroke:\(palette.completed)}\
        .diagram .failed>rect{stroke:\(palette.failed)}\
        .diagram .cancelled>rect{stroke:\(palette.cancelled)}\
        .diagram .visited>rect{stroke:\(palette.accent)}\
        .diagram .current>rect{stroke:\(palette.accent);fill:\(palette.tint)}\
        .diagram .overdue>rect{stroke:\(palette.cancelled);fill:\(palette.cancelledTint)}\
        .diagram .blocked>rect{stroke:\(palette.failed);fill:\(palette.failedTint)}\
        .diagram .added>rect,.diagram .added>path{stroke:\(palette.completed)}\
        .diagram .removed>rect,.diagram .removed>path{stroke:\(palette.failed)}\
        .diagram .changed>rect,.diagram .changed>path{stroke:\(palette.cancelled)}\
        .diagram rect.inner{fill:none}\
        .diagram .taken>path{stroke:\(palette.accent)}\
        .diagram .taken>.tip{fill:\(palette.accent);stroke:none}\
        .diagram .taken>.t-trigger{fill:\(palette.accent)}\
        .diagram .start.taken{fill:\(palette.accent)}
        """
    }

    /// Where the reader's own colours are forced on every page.
    static let forced = """
        @media (forced-colors:active){.diagram text{fill:CanvasText}\
        .diagram rect{fill:Canvas;stroke:CanvasText}.diagram .edge>path{stroke:CanvasText}\
        .diagram .edge>.tip,.diagram .start{fill:CanvasText}.diagram a>.t-name{fill:LinkText}\
        .diagram .current>rect,.diagram .taken>path{stroke:Highlight}.diagram .taken>.tip{fill:Highlight}}
        """
}

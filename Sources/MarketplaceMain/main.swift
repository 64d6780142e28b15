import PawlCommand

await RootCommand.launch()

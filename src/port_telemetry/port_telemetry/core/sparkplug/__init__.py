"""The ground as a SCADA host sees it: Sparkplug B 3.0, births, deaths and values by alias. Pure; sends nothing."""

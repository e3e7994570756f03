"""How every page looks: layout, components, form widgets, filters, navigation, error pages, static files."""

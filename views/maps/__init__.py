"""Maps: palette, legend and styles as data, the MapLibre city map for pages, folium for communities and exported files."""

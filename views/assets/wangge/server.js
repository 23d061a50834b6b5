// Pages have addresses of their own (/grids); their server answers at the root.
window.__streamlit = { BACKEND_BASE_URL: window.location.origin + "/" };
